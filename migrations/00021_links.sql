-- A link between organisations holds when both sides have agreed to it.
-- +goose Up

-- Who has yet to say so, and who ended it.
ALTER TABLE link ADD COLUMN seller_waits BOOLEAN NOT NULL DEFAULT 0;
ALTER TABLE link ADD COLUMN buyer_waits BOOLEAN NOT NULL DEFAULT 0;
ALTER TABLE link ADD COLUMN ended_by BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE link DROP COLUMN ended_by;
ALTER TABLE link DROP COLUMN buyer_waits;
ALTER TABLE link DROP COLUMN seller_waits;
