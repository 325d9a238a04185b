import { describe, expect, it } from '@jest/globals';
import { databasesIn, withOwnName } from './own-name.js';

const own = { from: 'shop', into: 'new', isTableToo: false };
const mysql = { backslashEscapes: true, ansiQuotes: false };

describe('the own name of a database in a definition', () => {
  it.each([
    ['INSERT INTO shop.audit VALUES (1)', 'INSERT INTO new.audit VALUES (1)'],
    ['INSERT INTO `shop`.`audit` VALUES (1)', 'INSERT INTO `new`.`audit` VALUES (1)'],
    [
      'TRIGGER shop.tq BEFORE INSERT ON shop . t FOR EACH ROW SET @a = 1',
      'TRIGGER new.tq BEFORE INSERT ON new . t FOR EACH ROW SET @a = 1',
    ],
    [
      'SELECT `shop`.`t`.`id`, shop.f(1) FROM shop /* shop.t */ .t',
      'SELECT `new`.`t`.`id`, new.f(1) FROM new /* shop.t */ .t',
    ],
    ['/*!50003 CALL shop.p() */ -- shop.p\n', '/*!50003 CALL new.p() */ -- shop.p\n'],
    [
      'DEFINER=`shop`@`shop` VIEW v AS SELECT `shop`.`t`.`id`, shop.x',
      'DEFINER=`shop`@`shop` VIEW v AS SELECT `new`.`t`.`id`, new.x',
    ],
    ['SELECT NEXTVAL(`shop`.`s`), t.shop.x', 'SELECT NEXTVAL(`new`.`s`), t.shop.x'],
  ])('leads to the new name: %s', (text, changed) => {
    expect(withOwnName(text, own, mysql)).toBe(changed);
  });

  it.each([
    ["SELECT 'shop.t', 'it''s shop.t', 'it\\'s shop.t', \"shop.t\"", mysql],
    ["SELECT 'a\\' , 'shop.t'", { ...mysql, backslashEscapes: false }],
    ['SELECT other.shop, workshop.t, shop1.t, `shop ` FROM t', mysql],
    ['SELECT shop.id FROM orders AS shop', mysql],
    ['SELECT shop.id FROM orders shop JOIN t ON shop.id = t.id', mysql],
  ])('is not seen where it is something else: %s', (text, strings) => {
    expect(withOwnName(text, own, strings)).toBe(text);
  });

  it('is a name in double quotes where the SQL mode says so', () => {
    expect(withOwnName('SELECT "shop"."t"."id"', own, { ...mysql, ansiQuotes: true })).toBe('SELECT "new"."t"."id"');
  });

  it('is one of the databases that a view names', () => {
    const view =
      "select `other`.`o`.`id` AS `id`,extract(year from `t`.`at`) AS `y`,'a.b' AS `s`,`third`.`f`(1) AS `f` from (`t` join `other`.`o`) where exists(select 1 from `fourth`.`x` limit 1)";
    expect(databasesIn(view, mysql)).toEqual(['other', 'third', 'fourth']);
  });

  it('is quoted where the new name needs it', () => {
    expect(withOwnName('CALL shop.p()', { ...own, into: 'a-b`c' }, mysql)).toBe('CALL `a-b``c`.p()');
  });

  it('is told apart from a table of the same name by where it stands', () => {
    const text = 'SELECT shop.id, shop.shop.id, shop.f(1) FROM shop.shop JOIN t ON shop.id = t.id';
    const changed = 'SELECT shop.id, new.shop.id, new.f(1) FROM new.shop JOIN t ON shop.id = t.id';
    expect(withOwnName(text, { ...own, isTableToo: true }, mysql)).toBe(changed);
  });
});
