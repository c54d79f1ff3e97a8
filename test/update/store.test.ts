import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deflateObject, sha256 } from '../../src/core/lock.ts';
import { openStore } from '../../src/fs/update/store.ts';
import { sandbox } from '../cli/harness.ts';

/** The content of a repository, read without following links or trusting names. */

describe('openStore', () => {
  const content = Buffer.from('right\n'.repeat(100));
  const name = sha256(content);
  const stored = (bytes: Uint8Array): ReturnType<typeof openStore> =>
    openStore(sandbox({ [`.mlops-stack/base/${name}`]: bytes, '.mlops-stack/base/README': 'x' }), nodeFs);

  it('returns the content whose hash is the name', () => {
    const store = stored(deflateObject(content));
    expect(Buffer.from(store.read(name)!)).toEqual(content);
    expect([store.has(name), store.has(sha256(Buffer.from('')))]).toEqual([true, false]);
    expect(store.names()).toEqual([name]);
  });

  it.each([
    ['other content', deflateObject(Buffer.from('wrong'))],
    ['half of it', deflateObject(content).subarray(0, 10)],
    ['nothing', new Uint8Array()],
    ['no deflated data', Buffer.from('not deflated')],
    ['far more than any file', deflateObject(Buffer.alloc(65 * 2 ** 20))],
  ])('returns nothing if the object holds %s', (_what, bytes) => expect(stored(bytes).read(name)).toBeUndefined());

  it.each(['.mlops-stack', '.mlops-stack/base', `.mlops-stack/base/${name}`])(
    'reads through no symbolic link at %s',
    (at) => {
      const outside = sandbox({ [`.mlops-stack/base/${name}`]: deflateObject(content) });
      const dir = sandbox({ [`.mlops-stack/base/${name}`]: deflateObject(content) });
      nodeFs.rmSync(join(dir, at), { recursive: true });
      nodeFs.symlinkSync(join(outside, at), join(dir, at));
      expect(openStore(dir, nodeFs).read(name)).toBeUndefined();
    },
  );

  it.each(['../lock.json', '', 'x'.repeat(64), name.toUpperCase()])('does not accept %j as a name', (hostile) =>
    expect(stored(deflateObject(content)).read(hostile)).toBeUndefined(),
  );
});
