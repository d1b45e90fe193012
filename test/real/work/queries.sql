create table item(id integer primary key, label text, price real);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 15000)
  insert into item select i, printf('%05d/%s', i * 7907 % 15013, hex(i)), i * 0.25 from n;
create index by_label on item(label);
select count(*), sum(price) from item where label like '0%' or label glob '*7*';
select substr(label, 1, 2) as part, count(*), avg(price) from item group by part order by 2 desc, 1 limit 4;
select count(*) from item a join item b on b.label = a.label where a.id % 4 = 0;
with recursive walk(x, y) as (select 1, 0 union all select x + 1, (x * y + 3) % 89 from walk where x < 9000)
  select max(y), sum(x) from walk;
select json_extract('{"k":[1,{"deep":[3,5]}]}', '$.k[1].deep[1]');
select id, row_number() over (partition by id % 5 order by price desc) as r from item order by r, id limit 3;
begin; update item set label = label || '+' where id % 3 = 0; delete from item where id % 7 = 0; commit;
select count(distinct substr(label, 3)) from item;
select * from nothing;
