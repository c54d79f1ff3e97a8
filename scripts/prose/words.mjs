// The word lists of the prose linter. Each entry of BANNED is [pattern, what to write instead].

/** Matches whole words in any case, but not parts of a hyphenated name such as `here-document`. */
const word = (alternatives) => new RegExp(`(?<![\\w-])(?:${alternatives})(?![\\w-])`, 'gi');

export const BANNED = [
  [
    word('somebody|anybody|everybody|nobody|no one|whoever|whomever'),
    'name the role: user, owner, you, on-call engineer',
  ],
  [word('people|a person|persons|human beings?'), 'name the role: user, owner, you, reader'],
  [word("one (?:can|may|must|should|would|could|wants|knows|looks|needs|has to)|one's"), 'address the reader as "you"'],
  [/(?<![\w-])(?:[Ww]e|us|[Oo]urs?)(?![\w-])/g, 'name the actor: "this project", "the generator", "you"'],
  [word('of yours|of theirs|of its own accord'), '"your …"'],
  [word('at hand'), '"this", "the current"'],
  [word('what (?:is|was) typed|what you typed'), '"the command line", "the input"'],
  [
    word('stands? (?:in|at|on|beside|below|above|there|where|for itself)|standing (?:in|beside)'),
    '"is in", "is next to", "replaces"',
  ],
  [
    word('(?:is|are|was|were|be|been) (?:told|heard|said|looked at|held (?:by|against))'),
    'the active voice: who reports, reads or checks what',
  ],
  [word('mends?|mended|mending'), '"fix"'],
  [word('carr(?:y|ies) (?:\\w+ ){0,4}over'), '"apply to", "migrate"'],
  [word('beside'), '"next to", "in addition to"'],
  [word('leads? back|comes? home|goes away|let out|give way'), 'the literal action'],
  [word('in earnest|as it were|of old|the world|without a word|to the letter'), 'the literal meaning'],
  [
    word(
      'whilst|amongst|whereby|wherein|therein|thereof|thereby|herein|hereby|hence|henceforth|hitherto|lest|albeit|ought|shall|upon|unto|thus',
    ),
    'a current word',
  ],
  [
    word('(?:so|nor) (?:is|are|does|do|was|has|may|can) (?:what|the|an?|it|its|every|each|any)'),
    'a sentence with the subject first',
  ],
  [word('wait(?:s|ing)? for nothing|for nothing|nothing else (?:is|does|may|can)'), 'the literal meaning'],
  [word('simply|obviously|of course|please'), 'delete the word'],
  [word('(?:click|see|found) here|via here'), 'a link text that names the target'],
];

/** British spelling -> American spelling. Stems of verbs in -ise match every ending. */
const PAIRS = {
  ageing: 'aging',
  artefact: 'artifact',
  artefacts: 'artifacts',
  behaviour: 'behavior',
  behaviours: 'behaviors',
  burnt: 'burned',
  cancelled: 'canceled',
  cancelling: 'canceling',
  catalogue: 'catalog',
  catalogues: 'catalogs',
  centre: 'center',
  centres: 'centers',
  cheque: 'check',
  colour: 'color',
  colours: 'colors',
  defence: 'defense',
  dialogue: 'dialog',
  favour: 'favor',
  favours: 'favors',
  favourite: 'favorite',
  fulfil: 'fulfill',
  fulfils: 'fulfills',
  grey: 'gray',
  honour: 'honor',
  honours: 'honors',
  judgement: 'judgment',
  labelled: 'labeled',
  labelling: 'labeling',
  labour: 'labor',
  learnt: 'learned',
  licence: 'license',
  licences: 'licenses',
  metre: 'meter',
  metres: 'meters',
  modelled: 'modeled',
  modelling: 'modeling',
  neighbour: 'neighbor',
  neighbours: 'neighbors',
  neighbouring: 'neighboring',
  offence: 'offense',
  practise: 'practice',
  programme: 'program',
  sceptical: 'skeptical',
  signalled: 'signaled',
  signalling: 'signaling',
  spelt: 'spelled',
  travelled: 'traveled',
  tunnelled: 'tunneled',
};
const ISE =
  'anonym|author|categor|character|custom|final|general|initial|local|material|maxim|memor|minim|modern|normal|optim|organ|parallel|priorit|random|real|recogn|serial|deserial|special|standard|summar|synchron|token|util|visual|central';
const ISE_WORD = new RegExp(`(?<![\\w-])(${ISE})is(e|es|ed|ing|er|ers|ation|ations)(?![\\w-])`, 'gi');
const YSE_WORD = /(?<![\w-])(anal|catal|paral)ys(e|ed|ing)(?![\w-])/gi;

/** Every British spelling in `text`, as {index, found, american}. */
export function britishSpellings(text) {
  const pairs = [...text.matchAll(/(?<![\w-])[a-z]+(?![\w-])/gi)].flatMap((match) => {
    const american = Object.hasOwn(PAIRS, match[0].toLowerCase()) ? PAIRS[match[0].toLowerCase()] : undefined;
    return american ? [{ index: match.index, found: match[0], american }] : [];
  });
  const endings = [
    [ISE_WORD, 'iz'],
    [YSE_WORD, 'yz'],
  ].flatMap(([pattern, letters]) =>
    [...text.matchAll(pattern)].map((match) => ({
      index: match.index,
      found: match[0],
      american: `${match[1]}${letters}${match[2]}`,
    })),
  );
  return [...pairs, ...endings];
}

/** Link texts that do not name the target. */
export const EMPTY_LINK_TEXTS = new Set([
  'here',
  'click here',
  'this',
  'this page',
  'link',
  'this link',
  'read more',
  'more',
]);
