-- +goose Up
-- What an organisation has once said of the columns of its files: field '' is that a column is nothing of the portal's.
CREATE TABLE sheet_match (
  org BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  word VARCHAR(120) NOT NULL,
  field VARCHAR(24) NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (org, kind, word)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

-- Products are looked for by code whoever makes them.
CREATE INDEX product_by_code ON product (sku, producer);

-- +goose Down
DROP INDEX product_by_code /*! ON product */;
DROP TABLE sheet_match;
