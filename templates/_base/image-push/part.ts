import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * The registry for images. `repository`: the setting of config/<env>.yaml with its address. `user`, and `password`:
     * a command that prints one, for the environment MLOPS_ENV. `digest`: a command that prints the digest of the image
     * whose reference is its argument.
     */
    imageRegistry: {
      readonly repository: string;
      readonly user: string;
      readonly password: string;
      readonly digest: string;
    };
    /**
     * The Make target that builds every image and pushes it to the registry of ENV, for targets and pipelines that run
     * there. It prints a reference for each image, `<repository>:<commit>-<stage>`, and last that of the service,
     * `<repository>:<commit>`. Tags are immutable. `repository` is the setting of config/<env>.yaml with the address.
     * `digest`: a command that prints the digest of a pushed image, for the variable MLOPS_IMAGE_DIGEST of a deployment, which
     * the log of releases records.
     */
    imagePush: { readonly target: string; readonly repository: string; readonly digest: string };
  }
}

/** Images in the registry of an environment, each tagged with the commit that it was built from. */
export default definePart({
  onDemand: true,
  needs: {
    imageBuild: { because: 'an image is built before it is pushed' },
    imageRegistry: { because: 'other machines pull the image from a registry' },
  },
  reads: ['image-stage'],
  provides: {
    imagePush: ({ cap: { imageRegistry } }) => ({
      target: 'push-image',
      repository: imageRegistry.repository,
      digest: imageRegistry.digest,
    }),
  },
  contributes: () => [{ slot: 'docs', key: 'docs/images.md', value: { title: 'Images: build, scan, push' } }],
  tests: {
    'tests/deploy/test_push_image.py': { varies: ['imageBuild', 'imagePush', 'imageRegistry'] },
  },
});
