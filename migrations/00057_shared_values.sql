-- Values beside the quantities that are shared: only where the grantor grants them, and of no agreement that was made before.
-- +goose Up
ALTER TABLE sharing ADD COLUMN valued BOOLEAN NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE sharing DROP COLUMN valued;
