-- Who may do what: the policies that were in force and from when on, and the roles that organisations define for themselves.
-- +goose Up
CREATE TABLE policy (
  version BIGINT NOT NULL PRIMARY KEY,
  at_us BIGINT NOT NULL,
  dir VARCHAR(500) NOT NULL,
  hash VARBINARY(32) NOT NULL,
  model MEDIUMTEXT NOT NULL,
  grants MEDIUMTEXT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE TABLE role_def (
  id BIGINT NOT NULL PRIMARY KEY,
  org BIGINT NOT NULL,
  role VARCHAR(24) NOT NULL,
  name VARCHAR(60) NOT NULL,
  open_name VARCHAR(120),
  base VARCHAR(24) NOT NULL,
  created_us BIGINT NOT NULL,
  ended_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT role_def_role UNIQUE (role),
  CONSTRAINT role_def_name UNIQUE (org, open_name),
  CONSTRAINT role_def_org FOREIGN KEY (org) REFERENCES org (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX role_def_by_org ON role_def (org, ended_us, id);

CREATE TABLE role_grant (
  def BIGINT NOT NULL,
  version BIGINT NOT NULL,
  rel VARCHAR(24) NOT NULL,
  object VARCHAR(24) NOT NULL,
  action VARCHAR(24) NOT NULL,
  PRIMARY KEY (def, version, rel, object, action),
  CONSTRAINT role_grant_def FOREIGN KEY (def) REFERENCES role_def (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

-- +goose Down
DROP TABLE role_grant;
DROP TABLE role_def;
DROP TABLE policy;
