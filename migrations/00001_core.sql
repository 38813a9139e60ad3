-- The kernel: ids, epochs, the ledger, audit, outbox. See internal/ledger/doc.go for what each table means.
-- +goose Up
CREATE TABLE id_block (name VARCHAR(16) NOT NULL PRIMARY KEY, next_id BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
INSERT INTO id_block (name, next_id) VALUES ('all', 1001);

CREATE TABLE epoch (name VARCHAR(16) NOT NULL PRIMARY KEY, n BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
INSERT INTO epoch (name, n) VALUES ('master', 1);

CREATE TABLE lane (lane BIGINT NOT NULL PRIMARY KEY, seq BIGINT NOT NULL, hash VARBINARY(32) NOT NULL, recorded_us BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
INSERT INTO lane (lane, seq, hash, recorded_us) VALUES (0, 0, X'0000000000000000000000000000000000000000000000000000000000000000', 0);

CREATE TABLE journal (
  seq BIGINT NOT NULL PRIMARY KEY,
  kind VARCHAR(32) NOT NULL,
  event_key VARCHAR(96) NOT NULL,
  org BIGINT NOT NULL,
  client_key VARCHAR(64) NULL,
  request_hash VARBINARY(32) NULL,
  effective_us BIGINT NOT NULL,
  recorded_us BIGINT NOT NULL,
  person BIGINT NOT NULL,
  doc BIGINT NOT NULL,
  reverses BIGINT NULL,
  entries BIGINT NOT NULL,
  docs MEDIUMBLOB NOT NULL,
  hash VARBINARY(32) NOT NULL,
  CONSTRAINT journal_event UNIQUE (event_key),
  CONSTRAINT journal_client UNIQUE (org, client_key),
  CONSTRAINT journal_reverses UNIQUE (reverses)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX journal_recorded ON journal (recorded_us);
CREATE INDEX journal_doc ON journal (doc);

CREATE TABLE account (
  acct BIGINT NOT NULL PRIMARY KEY,
  book SMALLINT NOT NULL,
  unit BIGINT NOT NULL,
  product BIGINT NOT NULL,
  owner BIGINT NOT NULL,
  place BIGINT NOT NULL,
  bearer BIGINT NOT NULL,
  seller BIGINT NOT NULL,
  org BIGINT NOT NULL,
  counterparty BIGINT NOT NULL,
  purpose SMALLINT NOT NULL,
  side SMALLINT NOT NULL,
  seq BIGINT NOT NULL,
  CONSTRAINT account_key UNIQUE (unit, owner, place, bearer, seller, org, counterparty, purpose, side, book)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX account_owner ON account (owner, product);
CREATE INDEX account_place ON account (place, product);
CREATE INDEX account_bearer ON account (bearer, product);
CREATE INDEX account_org ON account (org, counterparty);
CREATE INDEX account_seq ON account (seq);

CREATE TABLE balance (
  acct BIGINT NOT NULL PRIMARY KEY,
  posted BIGINT NOT NULL,
  last_seq BIGINT NOT NULL,
  last_effective_us BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE TABLE entry (
  acct BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  leg BIGINT NOT NULL,
  amt BIGINT NOT NULL,
  bal_after BIGINT NOT NULL,
  effective_us BIGINT NOT NULL,
  late SMALLINT NOT NULL,
  PRIMARY KEY (acct, seq, leg)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX entry_seq ON entry (seq);

CREATE TABLE stock (
  seller BIGINT NOT NULL,
  product BIGINT NOT NULL,
  sellable BIGINT NOT NULL,
  held BIGINT NOT NULL,
  PRIMARY KEY (seller, product),
  CONSTRAINT stock_held CHECK (held >= 0 AND held <= sellable)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE TABLE exposure (
  seller BIGINT NOT NULL,
  bill_to BIGINT NOT NULL,
  currency BIGINT NOT NULL,
  used BIGINT NOT NULL,
  held BIGINT NOT NULL,
  limit_amt BIGINT NOT NULL,
  PRIMARY KEY (seller, bill_to, currency),
  CONSTRAINT exposure_held CHECK (held >= 0)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE TABLE serial (
  org BIGINT NOT NULL,
  series VARCHAR(16) NOT NULL,
  year BIGINT NOT NULL,
  last_no BIGINT NOT NULL,
  PRIMARY KEY (org, series, year)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE TABLE number_issued (
  org BIGINT NOT NULL,
  series VARCHAR(16) NOT NULL,
  year BIGINT NOT NULL,
  no BIGINT NOT NULL,
  doc BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (org, series, year, no)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX number_issued_seq ON number_issued (seq);

CREATE TABLE credit_limit (
  id BIGINT NOT NULL PRIMARY KEY,
  seller BIGINT NOT NULL,
  bill_to BIGINT NOT NULL,
  currency BIGINT NOT NULL,
  limit_amt BIGINT NOT NULL,
  seq BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX credit_limit_seq ON credit_limit (seq);
CREATE INDEX credit_limit_pair ON credit_limit (seller, bill_to, currency);

CREATE TABLE audit (
  id BIGINT NOT NULL PRIMARY KEY,
  at_us BIGINT NOT NULL,
  person BIGINT NOT NULL,
  org BIGINT NOT NULL,
  on_behalf BIGINT NOT NULL,
  session BIGINT NOT NULL,
  action VARCHAR(48) NOT NULL,
  doc BIGINT NOT NULL,
  changes MEDIUMTEXT NULL,
  seq BIGINT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX audit_doc ON audit (doc);
CREATE INDEX audit_seq ON audit (seq);
CREATE INDEX audit_org ON audit (org, id);

CREATE TABLE outbox (
  id BIGINT NOT NULL PRIMARY KEY,
  topic VARCHAR(48) NOT NULL,
  doc BIGINT NOT NULL,
  payload MEDIUMTEXT NOT NULL,
  seq BIGINT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX outbox_seq ON outbox (seq);

-- +goose Down
DROP TABLE outbox;
