-- Goods and the documents of trade. Every table that ends in seq is filed by a post: see internal/ledger/doc.go.
-- +goose Up
CREATE TABLE place (
  id BIGINT NOT NULL PRIMARY KEY,
  org BIGINT NOT NULL,
  kind VARCHAR(12) NOT NULL,
  name VARCHAR(120) NOT NULL,
  address VARCHAR(300) NOT NULL,
  parent BIGINT NOT NULL,
  main BOOLEAN NOT NULL,
  active BOOLEAN NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT place_name UNIQUE (org, name, kind),
  CONSTRAINT place_kind CHECK (kind IN ('warehouse','quarantine')),
  CONSTRAINT place_org FOREIGN KEY (org) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE TABLE lot (
  id BIGINT NOT NULL PRIMARY KEY,
  product BIGINT NOT NULL,
  maker BIGINT NOT NULL,
  code VARCHAR(60) NOT NULL,
  made_on CHAR(10) NOT NULL,
  expires_on CHAR(10) NOT NULL,
  status VARCHAR(12) NOT NULL,
  version BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  CONSTRAINT lot_code UNIQUE (product, maker, code)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX lot_seq ON lot (seq);
CREATE INDEX lot_expiry ON lot (expires_on);

CREATE TABLE orders (
  id BIGINT NOT NULL PRIMARY KEY,
  number VARCHAR(40) NOT NULL,
  kind VARCHAR(8) NOT NULL,
  seller BIGINT NOT NULL,
  buyer BIGINT NOT NULL,
  agent BIGINT NOT NULL,
  link BIGINT NOT NULL,
  agreement BIGINT NOT NULL,
  placed_by VARCHAR(8) NOT NULL,
  currency CHAR(3) NOT NULL,
  status VARCHAR(16) NOT NULL,
  net BIGINT NOT NULL,
  tax BIGINT NOT NULL,
  total BIGINT NOT NULL,
  credit_held BIGINT NOT NULL,
  ship_from BIGINT NOT NULL,
  deliver_to BIGINT NOT NULL,
  return_of BIGINT NOT NULL,
  ordered_on CHAR(10) NOT NULL,
  wanted_on CHAR(10) NOT NULL,
  placed_us BIGINT NOT NULL,
  reference VARCHAR(64) NOT NULL,
  note VARCHAR(500) NOT NULL,
  version BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  CONSTRAINT orders_number UNIQUE (seller, number)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX orders_by_seller ON orders (seller, id);
CREATE INDEX orders_by_buyer ON orders (buyer, id);
CREATE INDEX orders_by_agent ON orders (agent, id);
CREATE INDEX orders_seq ON orders (seq);

CREATE TABLE order_line (
  order_id BIGINT NOT NULL,
  line BIGINT NOT NULL,
  product BIGINT NOT NULL,
  unit VARCHAR(16) NOT NULL,
  unit_qty BIGINT NOT NULL,
  qty BIGINT NOT NULL,
  price BIGINT NOT NULL,
  net BIGINT NOT NULL,
  tax_base BIGINT NOT NULL,
  tax BIGINT NOT NULL,
  tax_code VARCHAR(16) NOT NULL,
  purpose VARCHAR(12) NOT NULL,
  dir SMALLINT NOT NULL,
  held BIGINT NOT NULL,
  allotted BIGINT NOT NULL,
  dispatched BIGINT NOT NULL,
  delivered BIGINT NOT NULL,
  invoiced BIGINT NOT NULL,
  returned BIGINT NOT NULL,
  cancelled BIGINT NOT NULL,
  forgone BIGINT NOT NULL DEFAULT 0,
  seq BIGINT NOT NULL,
  PRIMARY KEY (order_id, line)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX order_line_seq ON order_line (seq);

CREATE TABLE allotment (
  order_id BIGINT NOT NULL,
  line BIGINT NOT NULL,
  lot BIGINT NOT NULL,
  owner BIGINT NOT NULL,
  place BIGINT NOT NULL,
  bearer BIGINT NOT NULL,
  qty BIGINT NOT NULL,
  dispatched BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (order_id, line, lot, owner, place, bearer)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX allotment_seq ON allotment (seq);

CREATE TABLE shipment (
  id BIGINT NOT NULL PRIMARY KEY,
  number VARCHAR(40) NOT NULL,
  kind VARCHAR(8) NOT NULL,
  order_id BIGINT NOT NULL,
  seller BIGINT NOT NULL,
  buyer BIGINT NOT NULL,
  agent BIGINT NOT NULL,
  carrier BIGINT NOT NULL,
  from_place BIGINT NOT NULL,
  to_place BIGINT NOT NULL,
  status VARCHAR(12) NOT NULL,
  dispatched_us BIGINT NOT NULL,
  received_us BIGINT NOT NULL,
  waits BIGINT NOT NULL,
  tracking VARCHAR(64) NOT NULL,
  version BIGINT NOT NULL,
  seq BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX shipment_by_order ON shipment (order_id);
CREATE INDEX shipment_by_seller ON shipment (seller, id);
CREATE INDEX shipment_by_buyer ON shipment (buyer, id);
CREATE INDEX shipment_seq ON shipment (seq);

CREATE TABLE shipment_line (
  shipment_id BIGINT NOT NULL,
  n BIGINT NOT NULL,
  order_line BIGINT NOT NULL,
  product BIGINT NOT NULL,
  lot BIGINT NOT NULL,
  owner BIGINT NOT NULL,
  bearer BIGINT NOT NULL,
  qty BIGINT NOT NULL,
  received BIGINT NOT NULL,
  damaged BIGINT NOT NULL,
  short BIGINT NOT NULL,
  refused BIGINT NOT NULL,
  titled BIGINT NOT NULL,
  returned BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (shipment_id, n)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX shipment_line_lot ON shipment_line (lot);
CREATE INDEX shipment_line_seq ON shipment_line (seq);

CREATE TABLE receipt (
  id BIGINT NOT NULL PRIMARY KEY,
  shipment_id BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  seller BIGINT NOT NULL,
  buyer BIGINT NOT NULL,
  received_us BIGINT NOT NULL,
  note VARCHAR(500) NOT NULL,
  seq BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX receipt_by_shipment ON receipt (shipment_id);
CREATE INDEX receipt_seq ON receipt (seq);

CREATE TABLE receipt_line (
  receipt_id BIGINT NOT NULL,
  n BIGINT NOT NULL,
  received BIGINT NOT NULL,
  damaged BIGINT NOT NULL,
  short BIGINT NOT NULL,
  refused BIGINT NOT NULL,
  reason VARCHAR(200) NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (receipt_id, n)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX receipt_line_seq ON receipt_line (seq);

CREATE TABLE invoice (
  id BIGINT NOT NULL PRIMARY KEY,
  number VARCHAR(40) NOT NULL,
  serial_no BIGINT NOT NULL,
  kind VARCHAR(8) NOT NULL,
  order_id BIGINT NOT NULL,
  credits BIGINT NOT NULL,
  seller BIGINT NOT NULL,
  buyer BIGINT NOT NULL,
  agent BIGINT NOT NULL,
  currency CHAR(3) NOT NULL,
  issued_on CHAR(10) NOT NULL,
  due_on CHAR(10) NOT NULL,
  net BIGINT NOT NULL,
  tax_base BIGINT NOT NULL,
  tax BIGINT NOT NULL,
  total BIGINT NOT NULL,
  settled BIGINT NOT NULL,
  status VARCHAR(12) NOT NULL,
  reason VARCHAR(200) NOT NULL,
  version BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  CONSTRAINT invoice_number UNIQUE (seller, number)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX invoice_by_order ON invoice (order_id);
CREATE INDEX invoice_by_seller ON invoice (seller, issued_on, id);
CREATE INDEX invoice_by_buyer ON invoice (buyer, issued_on, id);
CREATE INDEX invoice_by_pair ON invoice (buyer, seller, due_on, id);
CREATE INDEX invoice_by_credits ON invoice (credits);
CREATE INDEX invoice_seq ON invoice (seq);

CREATE TABLE invoice_line (
  invoice_id BIGINT NOT NULL,
  n BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  order_line BIGINT NOT NULL,
  product BIGINT NOT NULL,
  qty BIGINT NOT NULL,
  net BIGINT NOT NULL,
  tax_base BIGINT NOT NULL,
  tax BIGINT NOT NULL,
  settled BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (invoice_id, n)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX invoice_line_seq ON invoice_line (seq);

CREATE TABLE payment (
  id BIGINT NOT NULL PRIMARY KEY,
  number VARCHAR(40) NOT NULL,
  payer BIGINT NOT NULL,
  payee BIGINT NOT NULL,
  agent BIGINT NOT NULL,
  collected BOOLEAN NOT NULL,
  purpose VARCHAR(12) NOT NULL,
  currency CHAR(3) NOT NULL,
  amount BIGINT NOT NULL,
  method VARCHAR(12) NOT NULL,
  value_on CHAR(10) NOT NULL,
  bank_account BIGINT NOT NULL,
  reference VARCHAR(64) NOT NULL,
  status VARCHAR(12) NOT NULL,
  allocated BIGINT NOT NULL,
  deposited BIGINT NOT NULL,
  reported_by BIGINT NOT NULL,
  confirmed_by BIGINT NOT NULL,
  confirmed_us BIGINT NOT NULL,
  reason VARCHAR(200) NOT NULL,
  version BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  CONSTRAINT payment_number UNIQUE (payee, number)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX payment_by_payer ON payment (payer, id);
CREATE INDEX payment_by_payee ON payment (payee, id);
CREATE INDEX payment_by_agent ON payment (agent, id);
CREATE INDEX payment_seq ON payment (seq);

CREATE TABLE payment_part (
  payment_id BIGINT NOT NULL,
  n BIGINT NOT NULL,
  invoice_id BIGINT NOT NULL,
  kind VARCHAR(12) NOT NULL,
  amount BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (payment_id, n)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX payment_part_by_invoice ON payment_part (invoice_id);
CREATE INDEX payment_part_seq ON payment_part (seq);

CREATE TABLE commission (
  id BIGINT NOT NULL PRIMARY KEY,
  appointment BIGINT NOT NULL,
  principal BIGINT NOT NULL,
  agent BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  cause VARCHAR(12) NOT NULL,
  source BIGINT NOT NULL,
  currency CHAR(3) NOT NULL,
  base BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  seq BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX commission_by_order ON commission (order_id);
CREATE INDEX commission_by_agent ON commission (agent, id);
CREATE INDEX commission_by_principal ON commission (principal, id);
CREATE INDEX commission_seq ON commission (seq);

-- +goose Down
DROP TABLE commission;
