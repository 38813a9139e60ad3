-- What is offered, and under which terms: products, units, price lists, tax rules, agreements.
-- +goose Up
CREATE TABLE product (
  id BIGINT NOT NULL PRIMARY KEY,
  producer BIGINT NOT NULL,
  sku VARCHAR(40) NOT NULL,
  name VARCHAR(200) NOT NULL,
  name_fold VARCHAR(300) NOT NULL,
  kind VARCHAR(8) NOT NULL,
  base_unit VARCHAR(16) NOT NULL,
  decimals BIGINT NOT NULL,
  vat_class VARCHAR(12) NOT NULL,
  gtin VARCHAR(14) NOT NULL,
  expires BOOLEAN NOT NULL,
  active BOOLEAN NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT product_sku UNIQUE (producer, sku),
  CONSTRAINT product_kind CHECK (kind IN ('goods','service')),
  CONSTRAINT product_producer FOREIGN KEY (producer) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE INDEX product_name ON product (name_fold, id);

CREATE TABLE product_unit (
  product BIGINT NOT NULL,
  unit VARCHAR(16) NOT NULL,
  base_qty BIGINT NOT NULL,
  PRIMARY KEY (product, unit),
  CONSTRAINT product_unit_qty CHECK (base_qty > 0),
  CONSTRAINT product_unit_product FOREIGN KEY (product) REFERENCES product (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE TABLE price_list (
  id BIGINT NOT NULL PRIMARY KEY,
  org BIGINT NOT NULL,
  name VARCHAR(120) NOT NULL,
  currency CHAR(3) NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT price_list_name UNIQUE (org, name),
  CONSTRAINT price_list_org FOREIGN KEY (org) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE TABLE price (
  id BIGINT NOT NULL PRIMARY KEY,
  list BIGINT NOT NULL,
  product BIGINT NOT NULL,
  min_qty BIGINT NOT NULL,
  from_on CHAR(10) NOT NULL,
  until_on CHAR(10) NOT NULL,
  price BIGINT NOT NULL,
  CONSTRAINT price_step UNIQUE (list, product, min_qty, from_on),
  CONSTRAINT price_positive CHECK (price >= 0 AND min_qty >= 0),
  CONSTRAINT price_of_list FOREIGN KEY (list) REFERENCES price_list (id),
  CONSTRAINT price_of_product FOREIGN KEY (product) REFERENCES product (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE INDEX price_by_product ON price (product);

CREATE TABLE vat_rule (
  country CHAR(2) NOT NULL,
  class VARCHAR(12) NOT NULL,
  from_on CHAR(10) NOT NULL,
  base_num BIGINT NOT NULL,
  base_den BIGINT NOT NULL,
  rate_bps BIGINT NOT NULL,
  code VARCHAR(16) NOT NULL,
  source VARCHAR(120) NOT NULL,
  PRIMARY KEY (country, class, from_on)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
INSERT INTO vat_rule (country, class, from_on, base_num, base_den, rate_bps, code, source) VALUES
  ('ID', 'standard', '2010-04-01', 1, 1, 1000, 'ID-10', 'UU 42/2009'),
  ('ID', 'standard', '2022-04-01', 1, 1, 1100, 'ID-11', 'UU 7/2021 (HPP)'),
  ('ID', 'standard', '2025-01-01', 11, 12, 1200, 'ID-12-11/12', 'PMK 131/2024, code 04'),
  ('ID', 'luxury', '2022-04-01', 1, 1, 1100, 'ID-11', 'UU 7/2021 (HPP)'),
  ('ID', 'luxury', '2025-01-01', 1, 1, 1200, 'ID-12', 'PMK 131/2024'),
  ('ID', 'exempt', '2010-04-01', 1, 1, 0, 'ID-0', 'UU PPN art. 4A, 16B');

CREATE TABLE agreement (
  id BIGINT NOT NULL PRIMARY KEY,
  link BIGINT NOT NULL,
  edition BIGINT NOT NULL,
  seller BIGINT NOT NULL,
  buyer BIGINT NOT NULL,
  from_on CHAR(10) NOT NULL,
  until_on CHAR(10) NOT NULL,
  price_list BIGINT NOT NULL,
  currency CHAR(3) NOT NULL,
  prices_include_vat BOOLEAN NOT NULL,
  min_order BIGINT NOT NULL,
  net_days BIGINT NOT NULL,
  early_days BIGINT NOT NULL,
  early_bps BIGINT NOT NULL,
  prepay BOOLEAN NOT NULL,
  credit_limit BIGINT NOT NULL,
  title_on VARCHAR(12) NOT NULL,
  risk_on VARCHAR(12) NOT NULL,
  resale_before_title BOOLEAN NOT NULL,
  over_bps BIGINT NOT NULL,
  freight_by VARCHAR(8) NOT NULL,
  text_hash VARBINARY(32) NOT NULL,
  seller_by BIGINT NOT NULL,
  seller_us BIGINT NOT NULL,
  buyer_by BIGINT NOT NULL,
  buyer_us BIGINT NOT NULL,
  limit_us BIGINT NOT NULL DEFAULT 0,
  declined_by BIGINT NOT NULL DEFAULT 0,
  declined_org BIGINT NOT NULL DEFAULT 0,
  declined_us BIGINT NOT NULL DEFAULT 0,
  reason VARCHAR(300) NOT NULL DEFAULT '',
  version BIGINT NOT NULL,
  CONSTRAINT agreement_edition UNIQUE (link, edition),
  CONSTRAINT agreement_title CHECK (title_on IN ('confirmation','dispatch','delivery','payment','sellthrough')),
  CONSTRAINT agreement_risk CHECK (risk_on IN ('dispatch','delivery','title')),
  CONSTRAINT agreement_link FOREIGN KEY (link) REFERENCES link (id),
  CONSTRAINT agreement_list FOREIGN KEY (price_list) REFERENCES price_list (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX agreement_by_seller ON agreement (seller, buyer);
CREATE INDEX agreement_by_buyer ON agreement (buyer, id);
CREATE INDEX agreement_limit ON agreement (limit_us, id);

-- +goose Down
DROP TABLE agreement;
