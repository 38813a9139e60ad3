-- What is reported, by either side, from indexes alone.
-- +goose Up
DROP INDEX payment_status_payer /*! ON payment */;
DROP INDEX payment_status_payee /*! ON payment */;
CREATE INDEX payment_status_payer ON payment (payer, status, id, purpose, payee, currency, amount);
CREATE INDEX payment_status_payee ON payment (payee, status, id, purpose, payer, currency, amount);
CREATE INDEX payment_part_asked ON payment_part (payment_id, kind, invoice_id, amount);

-- +goose Down
DROP INDEX payment_part_asked /*! ON payment_part */;
DROP INDEX payment_status_payee /*! ON payment */;
DROP INDEX payment_status_payer /*! ON payment */;
CREATE INDEX payment_status_payee ON payment (payee, status, id);
CREATE INDEX payment_status_payer ON payment (payer, status, id);
