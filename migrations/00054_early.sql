-- The discount for paying early that a report of a payment earns on an invoice that it names: nothing of the books until the payment is
-- matched, and not left to pay while it waits.
-- +goose Up
CREATE TABLE payment_early (
  payment_id BIGINT NOT NULL,
  invoice_id BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (payment_id, invoice_id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX payment_early_seq ON payment_early (seq);

-- +goose Down
DROP TABLE payment_early;
