export type Message = {
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  readonly line: number;
  readonly column: number;
  readonly message: string;
};
export function lintText(
  text: string,
  options?: { readonly audience?: 'project' | 'generated'; readonly skip?: readonly string[] },
): Promise<Message[]>;
export function glossaryTerms(text: string, heading: string): { readonly synonym: string; readonly term: string }[];
