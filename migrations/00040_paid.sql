-- Payments by the day on which the money came, in the order of the list.
-- +goose Up
CREATE INDEX payment_value_payee ON payment (payee, value_on, id);
CREATE INDEX payment_value_payer ON payment (payer, value_on, id);

-- +goose Down
DROP INDEX payment_value_payer /*! ON payment */;
DROP INDEX payment_value_payee /*! ON payment */;
