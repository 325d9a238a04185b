// Databases with all that real ones may have: every kind of object, and in names, texts and bodies whatever looks like syntax.

/** A backtick. */
const Q = '`';

export const MARIADB = String.raw`
CREATE TABLE ${Q}we${Q}${Q}ird na"me'${Q} (${Q}a b${Q} int, ${Q}c;d${Q} text COMMENT 'it''s \\ */ /* ; -- # "x"', ${Q}é${Q} varchar(10) DEFAULT 'a;''b\\', PRIMARY KEY (${Q}a b${Q})) COMMENT='tbl */ ; \'x\' \\';
CREATE TABLE gen (id int AUTO_INCREMENT PRIMARY KEY, a int, g int GENERATED ALWAYS AS (a * 2) VIRTUAL, h varchar(20) GENERATED ALWAYS AS (concat(a,';''x"')) STORED, inv int INVISIBLE DEFAULT 5, u uuid DEFAULT uuid(), ip inet6, j json CHECK (json_valid(j)), ts timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(), e enum('a''b','c;d','e\\f'), b bit(3), geo point, bl blob, INDEX ix (a DESC), FULLTEXT KEY ft (h), CONSTRAINT ck CHECK (a > 0 and a <> 7));
INSERT INTO gen (a,e,b,geo,bl,j) VALUES (1,'a''b',b'101',ST_GeomFromText('POINT(1 1)'),x'00ff275c0a','{"a;":"\'"}'),(2,'c;d',NULL,NULL,'it''s; \\ "x"\n\0\Z',NULL);
CREATE TABLE parts (id int, d date, s varchar(5)) PARTITION BY RANGE (year(d)) SUBPARTITION BY HASH (id) SUBPARTITIONS 2 (PARTITION p0 VALUES LESS THAN (2020) COMMENT = 'x;''y', PARTITION ${Q}p 1${Q} VALUES LESS THAN MAXVALUE);
CREATE TABLE plist (c varchar(5)) PARTITION BY LIST COLUMNS (c) (PARTITION a VALUES IN ('a;','b'''), PARTITION z DEFAULT);
CREATE TABLE sysv (id int) WITH SYSTEM VERSIONING;
CREATE TABLE sysp (id int, s timestamp(6) GENERATED ALWAYS AS ROW START, e timestamp(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s,e)) WITH SYSTEM VERSIONING PARTITION BY SYSTEM_TIME (PARTITION h HISTORY, PARTITION n CURRENT);
INSERT INTO sysv VALUES (1); UPDATE sysv SET id = 2;
CREATE TABLE per (a date, b date, n int, PERIOD FOR app (a,b), UNIQUE (n, app WITHOUT OVERLAPS));
CREATE SEQUENCE ${Q}s q${Q} START WITH 5 INCREMENT BY 3; SELECT NEXTVAL(${Q}s q${Q});
CREATE TABLE seqd (id int DEFAULT nextval(${Q}s q${Q}), fk int, CONSTRAINT ${Q}f k${Q} FOREIGN KEY (fk) REFERENCES gen (id) ON DELETE SET NULL);
CREATE TABLE comp (a text COMPRESSED, b varchar(5) CHARACTER SET latin1 COLLATE latin1_german1_ci) ENGINE=InnoDB ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8 DEFAULT CHARSET=latin1 PAGE_COMPRESSED=0;
CREATE TABLE ar (a int) ENGINE=Aria TRANSACTIONAL=1; CREATE TABLE mi (a int) ENGINE=MyISAM; CREATE TABLE mrg (a int) ENGINE=MRG_MyISAM UNION=(mi); CREATE TABLE mem (a int) ENGINE=MEMORY;
CREATE VIEW ${Q}v;w${Q} AS SELECT a AS ${Q}x;"y'${Q}, ';''' AS lit FROM gen WHERE e <> 'x*/y' WITH CASCADED CHECK OPTION;
CREATE SQL SECURITY INVOKER VIEW v2 AS SELECT * FROM ${Q}v;w${Q};
DELIMITER //
CREATE PROCEDURE ${Q}p;1${Q}(IN ${Q}a b${Q} int, OUT o text) COMMENT 'it''s; */ \\' MODIFIES SQL DATA
BEGIN
  -- it's a comment; DELIMITER
  /* block ; ' */
  DECLARE x text DEFAULT 'DELIMITER ;;'; # hash's
  IF ${Q}a b${Q} > 1 THEN SET o = concat('a;;b', "c'd"); ELSE SET o = '\\'; END IF;
  /*!50003 SET x = 'v' */;
  lbl: LOOP LEAVE lbl; END LOOP;
  INSERT INTO parts VALUES (1, now(), '*/');
END //
CREATE FUNCTION f1(a int) RETURNS int DETERMINISTIC RETURN a / 2 //
CREATE AGGREGATE FUNCTION agg1(x int) RETURNS int BEGIN DECLARE s int DEFAULT 0; DECLARE CONTINUE HANDLER FOR NOT FOUND RETURN s; LOOP FETCH GROUP NEXT ROW; SET s = s + x; END LOOP; END //
CREATE TRIGGER ${Q}t g${Q} BEFORE INSERT ON gen FOR EACH ROW BEGIN SET NEW.inv = 3; /* ;; */ IF NEW.a = 9 THEN SET NEW.a = 8; END IF; END //
CREATE TRIGGER tg2 AFTER UPDATE ON gen FOR EACH ROW SET @x = 'a;;b' //
CREATE TRIGGER tg3 AFTER UPDATE ON gen FOR EACH ROW FOLLOWS tg2 SET @x = "it's" //
CREATE EVENT ${Q}e;1${Q} ON SCHEDULE EVERY '1:30' HOUR_MINUTE STARTS '2030-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE COMMENT 'c;''x */' DO BEGIN INSERT INTO parts VALUES (1, now(), 'x'); END //
CREATE EVENT e2 ON SCHEDULE AT '2035-01-01 00:00:00' DO SET @a = 1 //
SET sql_mode = 'ORACLE' //
CREATE PACKAGE pk AS FUNCTION f(a int) RETURN int; PROCEDURE q(); END //
CREATE PACKAGE BODY pk AS FUNCTION f(a int) RETURN int AS BEGIN RETURN a; END; PROCEDURE q() AS BEGIN NULL; END; END //
CREATE PROCEDURE orap(a IN VARCHAR2) AS x int := 1; BEGIN x := 2; "orap2"; END //
SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES' //
CREATE PROCEDURE ansi() COMMENT 'b' BEGIN SELECT "a b" FROM "we${Q}ird na""me'" WHERE 'x\' = '\'; END //
CREATE TRIGGER tg4 AFTER DELETE ON gen FOR EACH ROW SET @y = '\' //
SET sql_mode = 'ANSI_QUOTES' //
CREATE EVENT e3 ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO SET @a = 'it''s \' or' //
DELIMITER ;
INSERT INTO ${Q}we${Q}${Q}ird na"me'${Q} VALUES (1, 'x''y"z\\n;', '*/'),(2,'/*!50000 x*/ -- \n# DELIMITER ;;\n','é');
`;

export const POSTGRESQL = String.raw`
CREATE TABLE public.t (id int, a text);
CREATE FUNCTION public.g(a text DEFAULT 'x;y') RETURNS text LANGUAGE sql BEGIN ATOMIC
 SELECT CASE WHEN true THEN 'a;b' END AS "end";
 SELECT (SELECT 1)::text;
END;
CREATE PROCEDURE public.p() LANGUAGE sql BEGIN ATOMIC
 INSERT INTO t VALUES (1, 'x');
 DELETE FROM t;
END;
CREATE PROCEDURE public.empty() LANGUAGE sql BEGIN ATOMIC END;
CREATE RULE r AS ON INSERT TO public.t DO ALSO ( SELECT 'x;y'; UPDATE public.t SET id = 1; );
CREATE FUNCTION public.ret(a int) RETURNS int LANGUAGE sql RETURN a + 1;
CREATE TYPE mood AS ENUM ('sad;', 'o''k', 'back\slash');
CREATE DOMAIN pos AS int CHECK (VALUE > 0) DEFAULT 1;
CREATE TABLE part (id int, d date, m mood, p pos, g int GENERATED ALWAYS AS (id * 2) STORED, i int GENERATED BY DEFAULT AS IDENTITY) PARTITION BY RANGE (d);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE part_d PARTITION OF part DEFAULT;
INSERT INTO part (id,d,m) VALUES (1,'2020-05-05','sad;'),(2,'2022-01-01','back\slash');
CREATE TABLE "we;ird ""na)me'" ("a(b" text, "c;d" text, "à" text);
INSERT INTO "we;ird ""na)me'" VALUES (E'\\.', E'\\! touch x\n\\.\n', NULL), ('\N', E'tab\there\r\nx', 'é');
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY pol ON t FOR SELECT TO PUBLIC USING (id > 0 AND a <> 'x;y)');
CREATE INDEX ix ON t ((lower(a))) WHERE a <> 'a''b;c';
CREATE VIEW v AS SELECT id, a || ';' AS "x y" FROM t WITH LOCAL CHECK OPTION;
CREATE MATERIALIZED VIEW mv AS SELECT 1 AS x;
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE SEQUENCE "s q" INCREMENT 5;
SELECT nextval('"s q"');
SELECT lo_from_bytea(0, '\xdeadbeef00'); 
COMMENT ON TABLE t IS 'it''s /* ; */ -- \! x $$ ';
COMMENT ON COLUMN t.a IS E'back\\slash\nline';
CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS $a$ BEGIN PERFORM $b$;$b$; RETURN NEW; END $a$;
CREATE TRIGGER tg BEFORE UPDATE OF a ON t FOR EACH ROW WHEN (old.a IS DISTINCT FROM new.a) EXECUTE FUNCTION trg('x;y');
CREATE FUNCTION et() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER evt ON ddl_command_end EXECUTE FUNCTION et();
ALTER EVENT TRIGGER evt DISABLE;
CREATE ROLE rdr; CREATE ROLE "odd on role";
GRANT SELECT ON t TO rdr; GRANT UPDATE(a) ON t TO "odd on role" WITH GRANT OPTION; GRANT USAGE ON SCHEMA public TO rdr;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO rdr;
GRANT EXECUTE ON FUNCTION g(text) TO rdr; REVOKE ALL ON FUNCTION trg() FROM PUBLIC; GRANT USAGE ON TYPE mood TO rdr; GRANT USAGE ON LANGUAGE plpgsql TO rdr;
CREATE AGGREGATE agg(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
CREATE COLLATION "fr;" FROM "C";
CREATE TEXT SEARCH CONFIGURATION cfg (COPY = pg_catalog.english);
CREATE STATISTICS st ON id, a FROM t;
CREATE PUBLICATION pub FOR TABLE t WHERE (id > 0);
CREATE FOREIGN DATA WRAPPER fdw; CREATE SERVER srv FOREIGN DATA WRAPPER fdw OPTIONS (host 'x;y'); CREATE USER MAPPING FOR CURRENT_USER SERVER srv OPTIONS (password 'p;w'); CREATE FOREIGN TABLE ft (a int) SERVER srv;
CREATE UNLOGGED TABLE ul (a int);
CREATE TYPE comp AS (a int, b text); CREATE TYPE rng AS RANGE (subtype = int4);
ALTER TABLE t REPLICA IDENTITY FULL; ALTER TABLE t ALTER COLUMN a SET STATISTICS 500;
CREATE TABLE child () INHERITS (t);
CREATE SCHEMA "other schema"; CREATE TABLE "other schema"."t as x" (a int);
CREATE TABLE excl (r int4range, EXCLUDE USING gist (r WITH &&), c int);
ALTER TABLE excl ADD CONSTRAINT ck CHECK (c < 100) NOT VALID;
CREATE TABLE inner_names (a int); CREATE INDEX by_a ON inner_names (a); ALTER TABLE inner_names CLUSTER ON by_a;
`;

export const SQLITE = String.raw`
CREATE TABLE "we""ird [na]me'" ("a b" int, [c;d'e] text, ${Q}x${Q}${Q}y${Q} text, "à" text DEFAULT 'it''s; "', PRIMARY KEY ("a b")) WITHOUT ROWID;
INSERT INTO "we""ird [na]me'" VALUES (1,'x''y;
END;
go
/
.shell touch x
','\n\r',NULL),(2,x'00ff',1e999,-1e999);
CREATE TABLE gen (id INTEGER PRIMARY KEY AUTOINCREMENT, a int CHECK (a <> ';''') , g int AS (a * 2) STORED, h text GENERATED ALWAYS AS ("a" || ';''') VIRTUAL, f int REFERENCES gen(id) -- comment ' here
 ON DELETE CASCADE /* block ; " */) STRICT;
INSERT INTO gen(a) VALUES (1),(2);
CREATE VIRTUAL TABLE ft USING fts5(title, body, tokenize = 'porter unicode61', content='');
CREATE VIRTUAL TABLE ft2 USING fts5("ti tle", body UNINDEXED, prefix='2 3');
INSERT INTO ft2 VALUES('x;''y','b');
CREATE VIRTUAL TABLE "r t" USING rtree(id, x0, x1);
INSERT INTO "r t" VALUES(1,2,3);
CREATE VIRTUAL TABLE ft4 USING fts4(a, tokenize=porter);
INSERT INTO ft4 VALUES('hello; world');
CREATE INDEX "i;x" ON gen(a DESC) WHERE a > 0;
CREATE UNIQUE INDEX ie ON gen(lower(h) COLLATE NOCASE);
CREATE VIEW "v;w'"("a b") AS SELECT [c;d'e] || ';' FROM "we""ird [na]me'" WHERE ${Q}x${Q}${Q}y${Q} IS NOT NULL;
CREATE TRIGGER "t;g" AFTER UPDATE OF a ON gen WHEN new.a > 1 BEGIN
  UPDATE gen SET a = CASE WHEN new.a > 5 THEN 5 ELSE new.a END WHERE id = 1; -- it's END;
  INSERT INTO "we""ird [na]me'"("a b") SELECT 9 WHERE 0; /* ; END; */
  DELETE FROM gen WHERE a = 'END;';
END;
CREATE TRIGGER tv INSTEAD OF INSERT ON "v;w'" BEGIN SELECT RAISE(ABORT, 'no; END'); END;
CREATE TABLE emb (a text); INSERT INTO emb VALUES (char(10,13,9,92,39)), (cast(x'410042' as text)), ('🐘'), (1.0), (0.1), (9223372036854775807), (''), (x'');
ANALYZE;
`;
