-- Who is seen, by name and by what is searched for, from the index alone; the members of a tier; goods by where they stand.
-- Agreements of a seller and notices of a person, in the order in which they are shown. Who wrote to representatives followed the same facts as
-- who makes notices, with a cursor of its own; now that one does both.
-- +goose Up
CREATE INDEX org_find ON org (name_fold, id, code, kind, active, nameless, registered_by);
CREATE INDEX org_named ON org (id, name_fold, code);
CREATE INDEX channel_member_tier ON channel_member (channel, tier, org);
CREATE INDEX link_find_seller ON link (seller, active, id, buyer);
CREATE INDEX link_find_buyer ON link (buyer, active, id, seller);
CREATE INDEX link_find_agent ON link (agent, active, id, seller, buyer);
DROP INDEX link_list_seller /*! ON link */;
DROP INDEX link_list_buyer /*! ON link */;
DROP INDEX link_list_agent /*! ON link */;
CREATE INDEX account_place_list ON account (place, acct);
CREATE INDEX product_named ON product (id, name_fold);
CREATE INDEX lot_named ON lot (id, code, expires_on);
CREATE INDEX lot_expires ON lot (expires_on, id);
DROP INDEX lot_expiry /*! ON lot */;
CREATE INDEX agreement_list_seller ON agreement (seller, id);
CREATE INDEX notice_list ON notice (person, org, created_us, id);
DELETE FROM epoch WHERE name = 'notices';

-- +goose Down
DROP INDEX notice_list /*! ON notice */;
DROP INDEX agreement_list_seller /*! ON agreement */;
CREATE INDEX lot_expiry ON lot (expires_on);
DROP INDEX lot_expires /*! ON lot */;
DROP INDEX lot_named /*! ON lot */;
DROP INDEX product_named /*! ON product */;
DROP INDEX account_place_list /*! ON account */;
CREATE INDEX link_list_seller ON link (seller, active, id);
CREATE INDEX link_list_buyer ON link (buyer, active, id);
CREATE INDEX link_list_agent ON link (agent, active, id);
DROP INDEX link_find_agent /*! ON link */;
DROP INDEX link_find_buyer /*! ON link */;
DROP INDEX link_find_seller /*! ON link */;
DROP INDEX channel_member_tier /*! ON channel_member */;
DROP INDEX org_named /*! ON org */;
DROP INDEX org_find /*! ON org */;
