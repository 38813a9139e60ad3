-- Payments that wait to be matched, of who paid and of the agent: bills that are reported as paid are not asked for again.
-- +goose Up
CREATE INDEX payment_status_payer ON payment (payer, status, id);
CREATE INDEX payment_status_agent ON payment (agent, status, id);

-- +goose Down
DROP INDEX payment_status_agent /*! ON payment */;
DROP INDEX payment_status_payer /*! ON payment */;
