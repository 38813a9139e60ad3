-- Who calls at which shop, and what was seen there.
-- +goose Up

-- a stop of somebody's round: a shop, for the seller whose goods are meant, on days of the week (bits 1, 2, 4 … for Monday, Tuesday …) in
-- weeks of a cycle of four (bits 1, 2, 4, 8). turn is its place within a day. Stops are ended, never deleted: visits name them.
CREATE TABLE visit_stop (
  id BIGINT NOT NULL PRIMARY KEY,
  org BIGINT NOT NULL,
  person BIGINT NOT NULL,
  seller BIGINT NOT NULL,
  shop BIGINT NOT NULL,
  weekdays BIGINT NOT NULL,
  weeks BIGINT NOT NULL,
  turn BIGINT NOT NULL,
  from_on CHAR(10) NOT NULL,
  until_on CHAR(10) NOT NULL,
  ended_us BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT visit_stop_once UNIQUE (org, person, seller, shop, ended_us),
  CONSTRAINT visit_stop_days CHECK (weekdays BETWEEN 1 AND 127),
  CONSTRAINT visit_stop_weeks CHECK (weeks BETWEEN 1 AND 15),
  CONSTRAINT visit_stop_org FOREIGN KEY (org) REFERENCES org (id),
  CONSTRAINT visit_stop_person FOREIGN KEY (person) REFERENCES person (id),
  CONSTRAINT visit_stop_seller FOREIGN KEY (seller) REFERENCES org (id),
  CONSTRAINT visit_stop_shop FOREIGN KEY (shop) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX visit_stop_by_shop ON visit_stop (shop);
CREATE INDEX visit_stop_by_person ON visit_stop (person);

-- a visit of somebody of org at a shop, for a seller. in_us and out_us are the portal's own time, *_phone_us what the phone said (0:
-- nothing). caller and nth count visits outside the plan; for those of the plan they are 0. spot, lat and lon: where the person was, in
-- words and in millionths of a degree, if the person wants it to be kept.
CREATE TABLE visit (
  id BIGINT NOT NULL PRIMARY KEY,
  org BIGINT NOT NULL,
  person BIGINT NOT NULL,
  seller BIGINT NOT NULL,
  shop BIGINT NOT NULL,
  stop BIGINT NOT NULL,
  day_on CHAR(10) NOT NULL,
  caller BIGINT NOT NULL,
  nth BIGINT NOT NULL,
  in_us BIGINT NOT NULL,
  in_phone_us BIGINT NOT NULL,
  out_us BIGINT NOT NULL,
  out_phone_us BIGINT NOT NULL,
  closed_by BIGINT NOT NULL,
  result VARCHAR(8) NOT NULL,
  reason VARCHAR(12) NOT NULL,
  note VARCHAR(1000) NOT NULL,
  spot VARCHAR(120) NOT NULL,
  located BOOLEAN NOT NULL,
  lat BIGINT NOT NULL,
  lon BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT visit_once UNIQUE (org, shop, day_on, stop, caller, nth),
  CONSTRAINT visit_result CHECK (result IN ('', 'order', 'none', 'closed')),
  CONSTRAINT visit_org FOREIGN KEY (org) REFERENCES org (id),
  CONSTRAINT visit_person FOREIGN KEY (person) REFERENCES person (id),
  CONSTRAINT visit_seller FOREIGN KEY (seller) REFERENCES org (id),
  CONSTRAINT visit_shop FOREIGN KEY (shop) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX visit_by_org ON visit (org, day_on, id);
CREATE INDEX visit_by_seller ON visit (seller, day_on, id);
CREATE INDEX visit_by_shop ON visit (shop, day_on, id);
CREATE INDEX visit_by_person ON visit (person, org, day_on);
CREATE INDEX visit_open ON visit (org, out_us, id);

-- what stood on the shelf: an observation, with the words of that day. It moves no goods.
CREATE TABLE visit_count (
  visit BIGINT NOT NULL,
  product BIGINT NOT NULL,
  sku VARCHAR(40) NOT NULL,
  name VARCHAR(200) NOT NULL,
  qty BIGINT NOT NULL,
  unit VARCHAR(20) NOT NULL,
  base BIGINT NOT NULL,
  PRIMARY KEY (visit, product),
  CONSTRAINT visit_count_visit FOREIGN KEY (visit) REFERENCES visit (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

-- the orders that were taken on a visit.
CREATE TABLE visit_order (
  visit BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  number VARCHAR(40) NOT NULL,
  PRIMARY KEY (visit, order_id),
  CONSTRAINT visit_order_once UNIQUE (order_id),
  CONSTRAINT visit_order_visit FOREIGN KEY (visit) REFERENCES visit (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

-- +goose Down
DROP TABLE visit_order;
DROP TABLE visit_count;
DROP TABLE visit;
DROP TABLE visit_stop;
