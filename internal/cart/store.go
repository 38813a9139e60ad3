package cart

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"saluran/internal/access"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

type cartRow struct {
	ID            id.ID `gorm:"primaryKey"`
	Org, Person   id.ID
	Seller, Buyer id.ID
	TouchedUs     int64
	Version       int64
	SentVersion   int64
	SentOrder     id.ID
}

func (cartRow) TableName() string { return "cart" }

type lineRow struct {
	Cart      id.ID `gorm:"primaryKey"`
	Line      int64 `gorm:"primaryKey"`
	Product   id.ID
	Typed     string
	Name      string
	QtyTyped  string
	UnitTyped string
	Qty       qty.Qty
	Unit      string
	Price     money.Price
	Merged    int64
	Aside     bool
}

func (lineRow) TableName() string { return "cart_line" }

func (r lineRow) entry() Entry {
	return Entry{Typed: r.Typed, Name: r.Name, QtyTyped: r.QtyTyped, UnitTyped: r.UnitTyped, Product: r.Product, Qty: r.Qty, Unit: r.Unit, Merged: r.Merged, Aside: r.Aside}
}

func rowOf(cart id.ID, n int64, e Entry, price money.Price) lineRow {
	return lineRow{cart, n, e.Product, clip(e.Typed), clip(e.Name), clip(e.QtyTyped), clip(e.UnitTyped), e.Qty, e.Unit, price, e.Merged, e.Aside}
}

// of finds the basket of a person in its organisation for a pair; zero where there is none yet.
func (s *Service) of(ctx context.Context, a access.Actor, seller, buyer id.ID) (r cartRow, err error) {
	err = s.db.R(ctx).Where("person = ? AND org = ? AND seller = ? AND buyer = ?", a.Person, a.Org, seller, buyer).Limit(1).Find(&r).Error
	if err != nil {
		return r, fmt.Errorf("read a basket: %w", err)
	}
	return r, nil
}

// byID finds a basket of the person in its organisation.
func (s *Service) byID(ctx context.Context, a access.Actor, no id.ID) (r cartRow, err error) {
	err = s.db.R(ctx).Where("id = ? AND person = ? AND org = ?", no, a.Person, a.Org).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, errs.Gone()
	}
	if err != nil {
		return r, fmt.Errorf("read basket %d: %w", no, err)
	}
	return r, nil
}

// errRaced says that the basket was made meanwhile: the write is tried again, and finds it.
var errRaced = errors.New("the basket was made meanwhile")

// held are the lines of a basket that was locked: on MariaDB a plain read would look at the time before the lock.
func (s *Service) held(ctx context.Context, cart id.ID) (rows []lineRow, err error) {
	err = s.db.W(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("cart = ?", cart).Order("line").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the lines of basket %d: %w", cart, err)
	}
	return rows, nil
}

func (s *Service) lines(ctx context.Context, cart id.ID) (rows []lineRow, err error) {
	if cart == 0 {
		return nil, nil
	}
	if err = s.db.R(ctx).Where("cart = ?", cart).Order("line").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the lines of basket %d: %w", cart, err)
	}
	return rows, nil
}

// locked makes the basket where it is missing, and moves its version on: whoever else changes it waits. seen is the version that the
// sender saw; 0 asks for none.
func (s *Service) locked(ctx context.Context, a access.Actor, seller, buyer id.ID, seen int64) (cartRow, error) {
	now := int64(s.clock.Now())
	r, err := s.of(ctx, a, seller, buyer)
	if err != nil {
		return r, err
	}
	if r.ID == 0 {
		r = cartRow{ID: s.db.IDs.Next(), Org: a.Org, Person: a.Person, Seller: seller, Buyer: buyer, TouchedUs: now, Version: 1}
		if err := s.db.W(ctx).Create(&r).Error; err != nil {
			if db.Classify(err) == db.Duplicate { // the person's other window was faster
				return r, errRaced
			}
			return r, fmt.Errorf("make a basket: %w", err)
		}
		return r, nil
	}
	cond, args := "", []any{now, r.ID, a.Person, a.Org}
	if seen != 0 {
		cond, args = " AND version = ?", append(args, seen)
	}
	res := s.db.W(ctx).Exec("UPDATE cart SET version = version + 1, touched_us = ? WHERE id = ? AND person = ? AND org = ?"+cond, args...)
	if res.Error != nil {
		return r, fmt.Errorf("change basket %d: %w", r.ID, res.Error)
	}
	if res.RowsAffected == 0 {
		return r, errs.New(errs.Conflict, "changed")
	}
	return s.byID(ctx, a, r.ID)
}

func (s *Service) insert(ctx context.Context, rows []lineRow) error {
	if len(rows) == 0 {
		return nil
	}
	if err := s.db.W(ctx).CreateInBatches(rows, 300).Error; err != nil {
		return fmt.Errorf("add lines to basket %d: %w", rows[0].Cart, err)
	}
	return nil
}

func (s *Service) update(ctx context.Context, r lineRow) error {
	if err := s.db.W(ctx).Save(&r).Error; err != nil {
		return fmt.Errorf("change line %d of basket %d: %w", r.Line, r.Cart, err)
	}
	return nil
}

func (s *Service) drop(ctx context.Context, cart id.ID, lines ...int64) error {
	for len(lines) > 0 {
		n := min(len(lines), 500)
		if err := s.db.W(ctx).Exec("DELETE FROM cart_line WHERE cart = ? AND line IN ?", cart, lines[:n]).Error; err != nil {
			return fmt.Errorf("take lines off basket %d: %w", cart, err)
		}
		lines = lines[n:]
	}
	return nil
}
