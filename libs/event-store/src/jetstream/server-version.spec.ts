import { describe, expect, it } from '@jest/globals';
import { checkServerVersion } from './server-version.js';

describe('the version of nats-server', () => {
  it.each(['2.10.0', '2.10.19', '2.10.23', '2.10.27', '2.11.0', '2.12.1', '3.0.0', '2.11.0-RC.1'])(
    '%s is fit',
    (version) => {
      expect(() => {
        checkServerVersion(version);
      }).not.toThrow();
    },
  );

  const refused = (version: string, code: string, replicas?: number): void => {
    expect(() => {
      checkServerVersion(version, replicas);
    }).toThrow(expect.objectContaining({ code, retryable: false, remedy: expect.stringContaining('nats-server 2.1') }));
  };

  it.each(['2.9.10', '1.4.1', '', 'unknown'])('"%s" is refused, and the remedy says what to install', (version) => {
    refused(version, 'NATS_SERVER_TOO_OLD');
  });

  it.each(['2.10.20', '2.10.21', '2.10.22'])('%s is refused: it can lose streams', (version) => {
    refused(version, 'NATS_SERVER_UNSAFE');
  });

  it('2.10 is refused for a replicated stream', () => {
    refused('2.10.27', 'NATS_SERVER_TOO_OLD', 3);
    expect(() => {
      checkServerVersion('2.11.0', 3);
    }).not.toThrow();
  });
});
