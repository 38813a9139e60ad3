-- Who takes part: organisations, their banks, channels, links, appointments; people, their roles and sessions.
-- +goose Up
CREATE TABLE org (
  id BIGINT NOT NULL PRIMARY KEY,
  code VARCHAR(32) NOT NULL,
  kind VARCHAR(12) NOT NULL,
  name VARCHAR(200) NOT NULL,
  name_fold VARCHAR(200) NOT NULL,
  country CHAR(2) NOT NULL,
  currency CHAR(3) NOT NULL,
  zone VARCHAR(32) NOT NULL,
  vat_registered BOOLEAN NOT NULL,
  large BOOLEAN NOT NULL,
  tax_no VARCHAR(32) NOT NULL,
  address VARCHAR(300) NOT NULL,
  city VARCHAR(100) NOT NULL,
  phone VARCHAR(32) NOT NULL,
  nameless BOOLEAN NOT NULL,
  registered_by BIGINT NOT NULL DEFAULT 0,
  active BOOLEAN NOT NULL,
  created_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT org_code UNIQUE (kind, code),
  CONSTRAINT org_kind CHECK (kind IN ('producer','distributor','wholesaler','agent','retailer','consumer','carrier','financier','operator'))
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX org_name ON org (name_fold, id);
CREATE INDEX org_registered ON org (registered_by);

CREATE TABLE bank_account (
  id BIGINT NOT NULL PRIMARY KEY,
  org BIGINT NOT NULL,
  bank VARCHAR(100) NOT NULL,
  number VARCHAR(40) NOT NULL,
  holder VARCHAR(200) NOT NULL,
  currency CHAR(3) NOT NULL,
  main BOOLEAN NOT NULL,
  ended_us BIGINT NOT NULL DEFAULT 0,
  version BIGINT NOT NULL,
  CONSTRAINT bank_account_number UNIQUE (org, bank, number),
  CONSTRAINT bank_account_org FOREIGN KEY (org) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE TABLE channel (
  id BIGINT NOT NULL PRIMARY KEY,
  producer BIGINT NOT NULL,
  name VARCHAR(120) NOT NULL,
  shape VARCHAR(12) NOT NULL,
  tiers VARCHAR(200) NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT channel_name UNIQUE (producer, name),
  CONSTRAINT channel_producer FOREIGN KEY (producer) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE TABLE channel_member (
  channel BIGINT NOT NULL,
  org BIGINT NOT NULL,
  tier BIGINT NOT NULL,
  PRIMARY KEY (channel, org),
  CONSTRAINT channel_member_channel FOREIGN KEY (channel) REFERENCES channel (id),
  CONSTRAINT channel_member_org FOREIGN KEY (org) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX channel_member_by_org ON channel_member (org);

CREATE TABLE link (
  id BIGINT NOT NULL PRIMARY KEY,
  channel BIGINT NOT NULL,
  seller BIGINT NOT NULL,
  buyer BIGINT NOT NULL,
  agent BIGINT NOT NULL,
  active BOOLEAN NOT NULL,
  created_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT link_pair UNIQUE (seller, buyer, channel),
  CONSTRAINT link_self CHECK (seller <> buyer),
  CONSTRAINT link_channel FOREIGN KEY (channel) REFERENCES channel (id),
  CONSTRAINT link_seller FOREIGN KEY (seller) REFERENCES org (id),
  CONSTRAINT link_buyer FOREIGN KEY (buyer) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX link_by_buyer ON link (buyer, seller);
CREATE INDEX link_by_agent ON link (agent);

CREATE TABLE appointment (
  id BIGINT NOT NULL PRIMARY KEY,
  principal BIGINT NOT NULL,
  agent BIGINT NOT NULL,
  area VARCHAR(120) NOT NULL,
  commission_bps BIGINT NOT NULL,
  commission_on VARCHAR(12) NOT NULL,
  may_bind BOOLEAN NOT NULL,
  may_collect BOOLEAN NOT NULL,
  sole BOOLEAN NOT NULL,
  from_on CHAR(10) NOT NULL,
  until_on CHAR(10) NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT appointment_pair UNIQUE (principal, agent, from_on),
  CONSTRAINT appointment_on CHECK (commission_on IN ('order','delivery','payment')),
  CONSTRAINT appointment_principal FOREIGN KEY (principal) REFERENCES org (id),
  CONSTRAINT appointment_agent FOREIGN KEY (agent) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE INDEX appointment_by_agent ON appointment (agent);

CREATE TABLE person (
  id BIGINT NOT NULL PRIMARY KEY,
  email VARCHAR(200) NOT NULL,
  name VARCHAR(120) NOT NULL,
  password VARCHAR(160) NOT NULL,
  lang CHAR(2) NOT NULL,
  active BOOLEAN NOT NULL,
  created_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT person_email UNIQUE (email)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE TABLE membership (
  person BIGINT NOT NULL,
  org BIGINT NOT NULL,
  role VARCHAR(24) NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (person, org),
  CONSTRAINT membership_person FOREIGN KEY (person) REFERENCES person (id),
  CONSTRAINT membership_org FOREIGN KEY (org) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX membership_by_org ON membership (org);

CREATE TABLE session (
  id BIGINT NOT NULL PRIMARY KEY,
  token_hash VARBINARY(32) NOT NULL,
  person BIGINT NOT NULL,
  org BIGINT NOT NULL,
  kind VARCHAR(8) NOT NULL,
  csrf VARCHAR(64) NOT NULL,
  ip VARCHAR(45) NOT NULL,
  agent VARCHAR(200) NOT NULL,
  created_us BIGINT NOT NULL,
  seen_us BIGINT NOT NULL,
  expires_us BIGINT NOT NULL,
  ended_us BIGINT NOT NULL,
  CONSTRAINT session_token UNIQUE (token_hash),
  CONSTRAINT session_person FOREIGN KEY (person) REFERENCES person (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX session_by_person ON session (person);

-- +goose Down
