import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * The Python package of rehearsals. Each is a module with `rehearse(settings, model) -> Shown`. The slot
     * demo-rehearsal names them.
     */
    rehearsals: true;
  }
}

/** Code that rehearsals of `make demo` share: a stand-in server that runs for the duration of a block of code. */
export default definePart({
  onDemand: true,
  provides: { rehearsals: true },
  moved: { 'src/__package__/rehearsals/__init__.py': 'src/__package__/platform/rehearsals/__init__.py' },
});
