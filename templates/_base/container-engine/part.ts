import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * `mk/engine.mk` finds the container engine and its `compose` command, and has the recipe lines that require them.
     */
    containerEngine: true;
  }
}

/** Docker or Podman on this computer, for every Make target that builds or runs a container. */
export default definePart({
  onDemand: true,
  provides: { containerEngine: true },
});
