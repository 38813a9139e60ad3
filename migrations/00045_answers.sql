-- Terms that wait for the answer of a side, and notices of a record, which are read once what they asked for was answered.
-- +goose Up
CREATE INDEX agreement_waits_seller ON agreement (seller, seller_by, declined_by, link);
CREATE INDEX agreement_waits_buyer ON agreement (buyer, buyer_by, declined_by, link);
CREATE INDEX notice_doc ON notice (doc, org, event);

-- +goose Down
DROP INDEX notice_doc /*! ON notice */;
DROP INDEX agreement_waits_buyer /*! ON agreement */;
DROP INDEX agreement_waits_seller /*! ON agreement */;
