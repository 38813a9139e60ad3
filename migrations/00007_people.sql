-- People of organisations: invitations, applications to join, representatives, the operator's glass to break, how long the law
-- wants what. See internal/people and internal/partner/representatives.go.
-- +goose Up
CREATE TABLE invitation (
  id BIGINT NOT NULL PRIMARY KEY,
  org BIGINT NOT NULL,
  email VARCHAR(200) NOT NULL,
  role VARCHAR(64) NOT NULL,
  lang CHAR(2) NOT NULL,
  token_hash VARBINARY(32) NOT NULL,
  status VARCHAR(12) NOT NULL,
  open_key VARCHAR(230) NULL,
  tries BIGINT NOT NULL,
  sent BIGINT NOT NULL,
  sent_us BIGINT NOT NULL,
  invited_by BIGINT NOT NULL,
  person BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  expires_us BIGINT NOT NULL,
  ended_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT invitation_token UNIQUE (token_hash),
  CONSTRAINT invitation_open UNIQUE (open_key),
  CONSTRAINT invitation_org FOREIGN KEY (org) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX invitation_by_org ON invitation (org, id);
CREATE INDEX invitation_by_email ON invitation (email);

CREATE TABLE join_door (
  id BIGINT NOT NULL PRIMARY KEY,
  org BIGINT NOT NULL,
  channel BIGINT NOT NULL,
  token VARCHAR(43) NOT NULL,
  active BOOLEAN NOT NULL,
  created_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT join_door_token UNIQUE (token),
  CONSTRAINT join_door_pair UNIQUE (org, channel),
  CONSTRAINT join_door_org FOREIGN KEY (org) REFERENCES org (id),
  CONSTRAINT join_door_channel FOREIGN KEY (channel) REFERENCES channel (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE TABLE application (
  id BIGINT NOT NULL PRIMARY KEY,
  upstream BIGINT NOT NULL,
  channel BIGINT NOT NULL,
  kind VARCHAR(12) NOT NULL,
  name VARCHAR(200) NOT NULL,
  tax_no VARCHAR(32) NOT NULL,
  nib VARCHAR(16) NOT NULL,
  address VARCHAR(300) NOT NULL,
  city VARCHAR(100) NOT NULL,
  phone VARCHAR(32) NOT NULL,
  contact VARCHAR(120) NOT NULL,
  email VARCHAR(200) NOT NULL,
  lang CHAR(2) NOT NULL,
  token_hash VARBINARY(32) NOT NULL,
  status VARCHAR(12) NOT NULL,
  open_key VARCHAR(230) NULL,
  sent BIGINT NOT NULL,
  org BIGINT NOT NULL,
  decided_by BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  changed_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT application_token UNIQUE (token_hash),
  CONSTRAINT application_open UNIQUE (open_key),
  CONSTRAINT application_upstream FOREIGN KEY (upstream) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX application_by_upstream ON application (upstream, id);
CREATE INDEX application_by_email ON application (email);

CREATE TABLE application_note (
  id BIGINT NOT NULL PRIMARY KEY,
  application BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  person BIGINT NOT NULL,
  step VARCHAR(12) NOT NULL,
  said VARCHAR(1000) NOT NULL,
  CONSTRAINT application_note_of FOREIGN KEY (application) REFERENCES application (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX application_note_by ON application_note (application, id);

CREATE TABLE door_try (
  id BIGINT NOT NULL PRIMARY KEY,
  who VARCHAR(64) NOT NULL,
  at_us BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX door_try_who ON door_try (who, at_us);

CREATE TABLE representative (
  id BIGINT NOT NULL PRIMARY KEY,
  org BIGINT NOT NULL,
  partner BIGINT NOT NULL,
  duty VARCHAR(12) NOT NULL,
  person BIGINT NOT NULL,
  cover BIGINT NOT NULL,
  cover_from CHAR(10) NOT NULL,
  cover_until CHAR(10) NOT NULL,
  created_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT representative_pair UNIQUE (org, partner, duty),
  CONSTRAINT representative_org FOREIGN KEY (org) REFERENCES org (id),
  CONSTRAINT representative_partner FOREIGN KEY (partner) REFERENCES org (id),
  CONSTRAINT representative_person FOREIGN KEY (person) REFERENCES person (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX representative_by_person ON representative (person, org);

CREATE TABLE glass (
  id BIGINT NOT NULL PRIMARY KEY,
  person BIGINT NOT NULL,
  home BIGINT NOT NULL,
  org BIGINT NOT NULL,
  session BIGINT NOT NULL,
  reason VARCHAR(500) NOT NULL,
  from_us BIGINT NOT NULL,
  until_us BIGINT NOT NULL,
  ended_us BIGINT NOT NULL,
  CONSTRAINT glass_org FOREIGN KEY (org) REFERENCES org (id),
  CONSTRAINT glass_person FOREIGN KEY (person) REFERENCES person (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX glass_by_session ON glass (session, ended_us);
CREATE INDEX glass_by_org ON glass (org, id);

CREATE TABLE erasure (
  id BIGINT NOT NULL PRIMARY KEY,
  subject BIGINT NOT NULL,
  org BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  left_rows BIGINT NOT NULL,
  CONSTRAINT erasure_subject UNIQUE (subject, org)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE TABLE retention (
  country CHAR(2) NOT NULL,
  what VARCHAR(24) NOT NULL,
  from_on CHAR(10) NOT NULL,
  years BIGINT NOT NULL,
  source VARCHAR(120) NOT NULL,
  PRIMARY KEY (country, what, from_on)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
INSERT INTO retention (country, what, from_on, years, source) VALUES ('ID', 'invoice', '1997-03-24', 10, 'UU 8/1997 art. 11; UU KUP art. 28(11)');

-- +goose Down
DROP TABLE retention;
