/** Returned instead of an answer if the user goes back. */
export const BACK = Symbol('back');
export type Back = typeof BACK;

/** `excluded`: why the option is disabled. It is shown and cannot be chosen. */
export type Option = {
  readonly value: string;
  readonly title: string;
  readonly about?: string;
  readonly excluded?: string;
};

/** An option in the form that Inquirer takes, on the terminal and through Yeoman. */
export const choiceOf = ({ value, title, about, excluded }: Option) => ({
  value,
  name: title,
  short: title,
  description: about,
  disabled: excluded === undefined ? false : `(${excluded})`,
});

type Asked = { readonly id: string; readonly message: string };
export type TextQuestion = Asked & { readonly preset: string; readonly validate: (text: string) => true | string };
export type OneQuestion = Asked & { readonly options: readonly Option[]; readonly preset: string };
export type ManyQuestion = Asked & {
  readonly options: readonly Option[];
  readonly preset: readonly string[];
  readonly validate: (ids: readonly string[]) => true | string;
};

/** Asks the questions: on the terminal, or through Yeoman's adapter. */
export type Screen = {
  readonly text: (question: TextQuestion) => Promise<string | Back>;
  readonly one: (question: OneQuestion) => Promise<string | Back>;
  readonly many: (question: ManyQuestion) => Promise<readonly string[] | Back>;
  readonly say: (text: string) => void;
};
