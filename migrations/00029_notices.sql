-- What a person should hear, and how it wants to.
-- +goose Up

-- one for each person, organisation and cause (origin). by_org and by_person: who did it. mail_us: when a letter of its own is due;
-- mailed_us: when it went out, alone or in a digest.
CREATE TABLE notice (
  id BIGINT NOT NULL PRIMARY KEY,
  person BIGINT NOT NULL,
  org BIGINT NOT NULL,
  event VARCHAR(24) NOT NULL,
  doc_kind VARCHAR(12) NOT NULL,
  doc BIGINT NOT NULL,
  rel VARCHAR(8) NOT NULL,
  number VARCHAR(60) NOT NULL,
  by_org BIGINT NOT NULL,
  by_person BIGINT NOT NULL,
  origin VARCHAR(60) NOT NULL,
  in_app BIGINT NOT NULL,
  mail VARCHAR(8) NOT NULL,
  created_us BIGINT NOT NULL,
  read_us BIGINT NOT NULL,
  mail_us BIGINT NOT NULL,
  mailed_us BIGINT NOT NULL,
  CONSTRAINT notice_once UNIQUE (person, org, origin),
  CONSTRAINT notice_mail CHECK (mail IN ('none','once','digest')),
  CONSTRAINT notice_org FOREIGN KEY (org) REFERENCES org (id),
  CONSTRAINT notice_person FOREIGN KEY (person) REFERENCES person (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX notice_recent ON notice (person, org, id);
CREATE INDEX notice_unread ON notice (person, org, read_us);
CREATE INDEX notice_new ON notice (created_us);
CREATE INDEX notice_due ON notice (mailed_us, mail, mail_us);

CREATE TABLE notice_choice (
  person BIGINT NOT NULL,
  org BIGINT NOT NULL,
  event VARCHAR(24) NOT NULL,
  in_app BIGINT NOT NULL,
  mail VARCHAR(8) NOT NULL,
  PRIMARY KEY (person, org, event)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

-- when somebody is not to be written to (minutes of the day in a zone; the same twice: never quiet), and when the next digest is due.
CREATE TABLE notice_hours (
  person BIGINT NOT NULL,
  org BIGINT NOT NULL,
  zone VARCHAR(40) NOT NULL,
  quiet_from BIGINT NOT NULL,
  quiet_until BIGINT NOT NULL,
  digest VARCHAR(8) NOT NULL,
  next_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (person, org),
  CONSTRAINT notice_hours_digest CHECK (digest IN ('daily','weekly'))
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX notice_hours_due ON notice_hours (next_us);

-- +goose Down
DROP TABLE notice_hours;
DROP TABLE notice_choice;
DROP TABLE notice;
