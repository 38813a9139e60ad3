-- Goods by owner, bearer and place from the index alone; people of an organisation in the order of their list; links of a channel that both have agreed to are counted from it.
-- +goose Up
CREATE INDEX account_owner_goods ON account (owner, acct, book, place);
CREATE INDEX account_bearer_goods ON account (bearer, acct, book, place);
CREATE INDEX account_place_goods ON account (place, acct, book);
DROP INDEX account_owner_list /*! ON account */;
DROP INDEX account_bearer_list /*! ON account */;
DROP INDEX account_place_list /*! ON account */;
CREATE INDEX product_shown ON product (id, name_fold, base_unit);
DROP INDEX product_named /*! ON product */;
DROP INDEX link_served_seller /*! ON link */;
CREATE INDEX link_served_seller ON link (seller, active, seller_waits, buyer_waits, buyer, channel, created_us);
CREATE INDEX membership_list ON membership (org, person);
DROP INDEX membership_by_org /*! ON membership */;

-- +goose Down
CREATE INDEX membership_by_org ON membership (org);
DROP INDEX membership_list /*! ON membership */;
DROP INDEX link_served_seller /*! ON link */;
CREATE INDEX link_served_seller ON link (seller, active, seller_waits, buyer_waits, buyer);
CREATE INDEX product_named ON product (id, name_fold);
DROP INDEX product_shown /*! ON product */;
CREATE INDEX account_place_list ON account (place, acct);
CREATE INDEX account_bearer_list ON account (bearer, acct);
CREATE INDEX account_owner_list ON account (owner, acct);
DROP INDEX account_place_goods /*! ON account */;
DROP INDEX account_bearer_goods /*! ON account */;
DROP INDEX account_owner_goods /*! ON account */;
