import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * The Python package of rehearsals, each a module with `rehearse(settings, model) -> Shown`; the slot
     * demo-rehearsal names them.
     */
    rehearsals: true;
  }
}

/** What rehearsals of `make demo` share: a server that stands in, for as long as a block of code. */
export default definePart({
  onDemand: true,
  provides: { rehearsals: true },
  moved: { 'src/__package__/rehearsals/__init__.py': 'src/__package__/platform/rehearsals/__init__.py' },
});
