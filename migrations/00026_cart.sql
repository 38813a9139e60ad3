-- Baskets: what a person gathers in an organisation for a seller and a buyer before an order is placed. It binds nobody; lines keep what
-- was typed, also what is wrong with it.
-- +goose Up
CREATE TABLE cart (
  id BIGINT NOT NULL PRIMARY KEY,
  org BIGINT NOT NULL,
  person BIGINT NOT NULL,
  seller BIGINT NOT NULL,
  buyer BIGINT NOT NULL,
  touched_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  sent_version BIGINT NOT NULL,
  sent_order BIGINT NOT NULL,
  CONSTRAINT cart_of UNIQUE (person, org, seller, buyer)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE TABLE cart_line (
  cart BIGINT NOT NULL,
  line BIGINT NOT NULL,
  product BIGINT NOT NULL,
  typed VARCHAR(200) NOT NULL,
  name VARCHAR(200) NOT NULL,
  qty_typed VARCHAR(200) NOT NULL,
  unit_typed VARCHAR(200) NOT NULL,
  qty BIGINT NOT NULL,
  unit VARCHAR(16) NOT NULL,
  price BIGINT NOT NULL,
  merged BIGINT NOT NULL,
  CONSTRAINT cart_line_pk PRIMARY KEY (cart, line)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

-- +goose Down
DROP TABLE cart_line;
DROP TABLE cart;
