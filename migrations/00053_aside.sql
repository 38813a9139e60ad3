-- Lines of a basket that are no goods: what somebody says around an order, kept as it was written and never ordered.
-- +goose Up
ALTER TABLE cart_line ADD COLUMN aside BOOLEAN NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE cart_line DROP COLUMN aside;
