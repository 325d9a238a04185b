import { describe, expect, it } from '@jest/globals';
import { missingGrants, type Grants } from './privileges.js';

const grants = (lines: string[], overrides: Partial<Grants> = {}): string[] =>
  missingGrants({
    lines,
    user: 'backup@10.0.0.%',
    database: 'shop_live',
    server: { flavour: 'mariadb', version: '10.11.6' },
    views: 1,
    hiddenRoutines: 0,
    ...overrides,
  });
const ALL_FOUR = 'GRANT SELECT, TRIGGER, SHOW VIEW, EVENT ON `shop\\_live`.* TO `backup`@`10.0.0.%`';
const PROC = 'GRANT SELECT ON `mysql`.`proc` TO `backup`@`10.0.0.%`';

describe('the privileges for a complete dump', () => {
  it.each([
    ['everything everywhere', ['GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION']],
    [
      'everything on the database, as a Laravel user usually has',
      ['GRANT ALL PRIVILEGES ON `shop_live`.* TO `shop`@`%`'],
    ],
    ['the minimum', [ALL_FOUR, PROC]],
    ['a pattern of databases', ['GRANT ALL PRIVILEGES ON `shop\\_%`.* TO `shop`@`%`']],
    [
      'several grants together',
      [
        'GRANT SELECT ON *.* TO a',
        'GRANT TRIGGER, EVENT ON `shop_live`.* TO a',
        'GRANT SHOW VIEW ON `shop%`.* TO `a`@`b`',
      ],
    ],
    ['quotes of ANSI mode', ['GRANT ALL PRIVILEGES ON "shop_live".* TO "shop"@"%"']],
  ])('are there with %s', (_, lines) => {
    expect(grants(lines)).toEqual([]);
  });

  it('are missing on another database, on single tables and on columns', () => {
    const whole = ["GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `shop\\_live`.* TO 'backup'@'10.0.0.%';"];
    expect(grants(['GRANT ALL PRIVILEGES ON `shop\\_test`.* TO a', PROC])).toEqual(whole);
    expect(grants(['GRANT ALL PRIVILEGES ON `shop_live`.`orders` TO a', PROC])).toEqual(whole);
    expect(grants(['GRANT SELECT (a, b), TRIGGER ON `shop_live`.* TO a', PROC])).toEqual([
      whole[0]!.replace(' TRIGGER,', ''),
    ]);
  });

  it('do not include SHOW VIEW where there are no views', () => {
    expect(grants(['GRANT SELECT, TRIGGER, EVENT ON `shop_live`.* TO a', PROC], { views: 0 })).toEqual([]);
  });

  it.each([
    ['mariadb', '10.11.6', 'GRANT SELECT ON `mysql`.`proc`'],
    ['mysql', '5.7.44', 'GRANT SELECT ON `mysql`.`proc`'],
    ['mysql', '8.0.11', 'GRANT SELECT ON *.*'],
    ['mysql', '8.0.36', 'GRANT SHOW_ROUTINE ON *.*'],
    ['mysql', '8.4.0', 'GRANT SHOW_ROUTINE ON *.*'],
  ] as const)('for routines of %s %s are %s', (flavour, version, statement) => {
    expect(grants([ALL_FOUR], { server: { flavour, version } })).toEqual([`${statement} TO 'backup'@'10.0.0.%';`]);
  });

  it('for routines are there by SHOW_ROUTINE, and by EXECUTE while every body can be read', () => {
    const server = { flavour: 'mysql', version: '8.0.36' } as const;
    expect(grants([ALL_FOUR, 'GRANT SHOW_ROUTINE,XA_RECOVER_ADMIN ON *.* TO a'], { server })).toEqual([]);
    expect(grants([ALL_FOUR, 'GRANT EXECUTE ON `shop_live`.* TO a'])).toEqual([]);
    expect(grants([ALL_FOUR, 'GRANT EXECUTE ON `shop_live`.* TO a'], { hiddenRoutines: 1 })).toHaveLength(1);
  });
});
