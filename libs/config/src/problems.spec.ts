import { describe, expect, it } from '@jest/globals';
import { ConfigError, renderProblem } from './problem.js';
import { checkText, loadText, minimal } from './testing/check-text.js';

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
    include: {files: [{path: docs, optionl: true}, 7, {path: 3}]}
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
line 3: timezone: "Europe/Amsterdm" is not a known time zone: did you mean "Europe/Amsterdam"?
line 4: nats.user: belongs to a server elsewhere, and nats.url is "embedded"
line 5: event_store.type: must be "jetstream"
line 6: read_model.type: must be one of "sqlite", "mariadb", "mysql"
line 8: databases.main.port: must be a number, is the text "thirty"
line 8: databases.main.pasword: unknown key "pasword": did you mean "password"?
line 12: storage.offsite.local: "local" is the name of storage.local: choose another
line 13: storage.offsite.twice.path: is also the place of storage.local: that is not a second copy
line 14: storage.offsite.box.host_key: must be a fingerprint as ssh-keygen prints it: "SHA256:" and 43 characters, without "=" at the end
line 15: retention_days: unknown key "retention_days" (known here: host, data_dir, timezone, nats, event_store, read_model, databases, storage, projects, scheduler, runs, drill, retention, holds, uploads, archive, log, monitoring, notifications)
line 17: projects.Havun Admin: this name must be 1 to 50 of a-z, 0-9, "-", "_" and ".", and begin with a letter or digit
line 17: projects.Havun Admin.paths.database: is missing, and the database is to be backed up (give its name, or set include.database to false)
line 17: projects.Havun Admin.paths.server: is missing, and the database is to be backed up (name one of databases, or set include.database to false)
line 17: projects.Havun Admin.encryption.password: is missing, and encryption is on (give one, or set encryption.enabled to false)
line 19: projects.havunadmin.type: must be one of "laravel-app", "laravel-package", "nodejs-app": did you mean "laravel-app"?
line 20: projects.havunadmin.schedule: is not a cron pattern: Invalid value for hour: 25 (daily at 03:00 is "0 3 * * *")
line 21: projects.havunadmin.paths.server: there is no "mian" under databases: did you mean "main"?
line 22: projects.havunadmin.include.files.0.optionl: unknown key "optionl": did you mean "optional"?
line 22: projects.havunadmin.include.files.1: must be a text or a section with keys, is a number
line 22: projects.havunadmin.include.files.2.path: must be a text, is a number (put it in quotes)
line 23: projects.havunadmin.retention.retention_day: unknown key "retention_day": did you mean "hot_retention_days"?
line 23: projects.havunadmin.retention.archive_retention_years: must be more than 0 (give whole years, such as 7; without the key, backups are kept for ever)
line 25: projects.havunadmin.encryption.password: must be a text, is a number (put it in quotes)
line 26: projects.havunadmin.notifications.on_failure: must be one of "immediate", "daily-digest": did you mean "immediate"?
line 26: projects.havunadmin.notifications.email.0: is not a valid email address
line 28: projects.portal.enabled: must be true or false, is the text "maybe"
line 30: projects.portal.paths.database: is missing, and the database is to be backed up (give its name, or set include.database to false)
line 30: projects.portal.paths.server: is missing, and the database is to be backed up (name one of databases, or set include.database to false)
line 31: projects.portal.retention.auto_cleanup_archive: is true, but compliance.required says that archives must be kept (set it to false, or compliance.required to false)
line 33: projects.portal.encryption.password: is missing, and encryption is on (give one, or set encryption.enabled to false)
line 34: projects.portal.notifications.slack: the environment variable SLACK_HOOK is not set (set it, or write \${SLACK_HOOK:-...} with a default)
line 35: projects.portal: duplicate project: it is already on line 27
line 36: monitoring.health_check_schedule: is not a cron pattern: invalid configuration format ('hourly'), exactly five, six, or seven space separated parts are required. (daily at 03:00 is "0 3 * * *")
line 36: monitoring.max_backup_age_hours: must be a number, is the text "a day"
line 37: notifications.mail: is missing, and notifications.channels uses it
line 37: notifications.channels.1: must be one of "mail", "slack", "discord": did you mean "slack"?
line 38: scheduler: must be a section with keys, is a number
`.trim();

describe('a bad havun.yaml', () => {
  it('is told of every error at once, by path and line', async () => {
    const { problems, ok } = await checkText(bad);
    expect(ok).toBe(false);
    expect(problems.map(renderProblem).join('\n')).toBe(listing);
  });

  it('makes one error with all of it, and says what to do', async () => {
    const error: unknown = await loadText(bad).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      retryable: false,
      remedy: expect.stringContaining('config:check'),
    });
    const { message, problems } = error as ConfigError;
    expect(problems).toHaveLength(listing.split('\n').length);
    for (const line of listing.split('\n')) expect(message).toContain(line);
  });

  it('holds no value that a secret, a variable or a text may have', async () => {
    expect(listing).not.toContain('hunter2');
    expect(listing).not.toContain('12345');
    const text = minimal({ top: 'uploads: {attempts: "${N}"}' });
    expect(JSON.stringify((await checkText(text, { N: 'hunter2' })).problems)).not.toContain('hunter2');
  });
});
