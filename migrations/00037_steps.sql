-- What a person has done in an organisation, by action: the first steps tick themselves off by it.
-- +goose Up
CREATE INDEX audit_by_person ON audit (person, org, action);

-- +goose Down
DROP INDEX audit_by_person /*! ON audit */;
