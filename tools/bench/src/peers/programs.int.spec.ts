import { describe, expect, it } from '@jest/globals';
import { findPeer, howToInstall, type Peer } from './programs.js';

const peer = (changes: Partial<Peer>): Peer => ({
  name: 'a shell',
  packages: 'dash',
  programs: ['no-such-program', 'sh'],
  version: ['-c', 'echo; echo 1.2.3'],
  ...changes,
});

describe('a peer', () => {
  it('is found under any of its names, with its version', async () => {
    expect(await findPeer(peer({}))).toMatchObject({ program: expect.stringMatching(/\/sh$/), version: '1.2.3' });
  });

  it('that is not there is told with its package', async () => {
    const missing = peer({ programs: ['no-such-program'] });
    expect(await findPeer(missing)).toBeUndefined();
    expect(howToInstall(missing)).toMatch(/a shell is not installed.*apt-get install.* dash$/);
  });

  it('that lacks a part counts as not there', async () => {
    const probe = { args: ['-c', 'echo Core'], expected: /^zip$/m };
    expect(await findPeer(peer({ probe }))).toBeUndefined();
  });
});
