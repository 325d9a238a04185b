import { describe, expect, it } from '@jest/globals';
import { loadConfig } from './load.js';
import { renderProblem } from './problem.js';
import { checkText, minimal, withConfigFile } from './testing/check-text.js';

const bad = `
data_dir: ~/havun
timezone: Europe/Amsterdm
nats: {url: embedded, user: backup}
event_store: {type: kurrentdb}
read_model: {type: postgres}
databases:
  main: {type: mariadb, host: 127.0.0.1, port: thirty, username: backup, pasword: hunter2}
storage:
  local: {path: /backups}
  offsite:
    local: {type: local, path: /disk}
    twice: {type: local, path: /backups}
    box: {type: sftp, host: box, username: u1, password: hunter2, host_key: hunter2, path: /havun-backups}
retention_days: 3
projects:
  Havun Admin: {type: laravel-app}
  havunadmin:
    type: laravel
    schedule: 0 25 * * *
    paths: {root: /srv, database: havunadmin, server: mian}
    include: {files: [{path: docs, optionl: true}, 7]}
    retention: {retention_day: 30, archive_retention_years: 0}
    compliance: {required: true}
    encryption: {password: 12345}
    notifications: {on_failure: imediate, email: [hunter2]}
  portal:
    enabled: maybe
    type: laravel-app
    paths: {root: /srv/portal}
    retention: {auto_cleanup_archive: true}
    compliance: {required: true}
    encryption: {enabled: true}
    notifications: {slack: "\${SLACK_HOOK}"}
  portal: {}
monitoring: {health_check_schedule: hourly, max_backup_age_hours: a day}
notifications: {channels: [mail, slak]}
scheduler: 6
`;

const listing = `
line 2: data_dir: "~" is not expanded here: write the whole path
line 3: timezone: "Europe/Amsterdm" is no time zone that is known here: did you mean "Europe/Amsterdam"?
line 4: nats.user: belongs to a server elsewhere, and nats.url is "embedded"
`.trim();

describe('a bad havun.yaml', () => {
  it('is told of every error at once, by path and line', async () => {
    const { problems, ok } = await checkText(bad);
    expect(ok).toBe(false);
    expect(problems.map(renderProblem).join('\n')).toBe(listing);
  });
});
