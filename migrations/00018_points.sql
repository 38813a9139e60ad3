-- Points: programmes of sellers, and what each movement of points was for. The balances are the ledger's third book.
-- +goose Up
CREATE TABLE points_programme (
  id BIGINT NOT NULL PRIMARY KEY,
  seller BIGINT NOT NULL,
  name VARCHAR(120) NOT NULL,
  currency CHAR(3) NOT NULL,
  earn_on VARCHAR(12) NOT NULL,
  points BIGINT NOT NULL,
  per_amount BIGINT NOT NULL,
  worth BIGINT NOT NULL,
  expiry_days BIGINT NOT NULL,
  from_on CHAR(10) NOT NULL,
  until_on CHAR(10) NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT points_programme_earn CHECK (earn_on IN ('delivery','payment')),
  CONSTRAINT points_programme_seller FOREIGN KEY (seller) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX points_programme_by_seller ON points_programme (seller, id);

CREATE TABLE points_move (
  id BIGINT NOT NULL PRIMARY KEY,
  programme BIGINT NOT NULL,
  seller BIGINT NOT NULL,
  holder BIGINT NOT NULL,
  kind VARCHAR(12) NOT NULL,
  order_id BIGINT NOT NULL,
  source BIGINT NOT NULL,
  base BIGINT NOT NULL,
  nominal BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  expires_on CHAR(10) NOT NULL,
  moved_on CHAR(10) NOT NULL,
  seq BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX points_move_by_holder ON points_move (holder, id);
CREATE INDEX points_move_by_seller ON points_move (seller, id);
CREATE INDEX points_move_by_order ON points_move (order_id);
CREATE INDEX points_move_seq ON points_move (seq);

-- +goose Down
DROP TABLE points_move;
DROP TABLE points_programme;
