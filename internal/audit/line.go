package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"strconv"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/id"
)

// Line is a row of the table audit.
type Line struct {
	ID       id.ID
	AtUS     clock.Instant `gorm:"column:at_us"`
	Person   id.ID
	Org      id.ID
	OnBehalf id.ID
	Session  id.ID
	Action   string
	Doc      id.ID
	Changes  *string
	APIKey   id.ID  `gorm:"column:api_key"`
	IPSum    int64  `gorm:"column:ip_sum"`
	IP       string `gorm:"column:ip"` // with its salt: see Where
	Mark     []byte // who vouches for the row until a journal does; nil for rows that a post wrote
	Seq      *int64
}

// TableName is for gorm.
func (Line) TableName() string { return "audit" }

// Canonical is what a mark vouches for: every column but the mark and the journal, length by length. The address is in it by its
// digest, so that it can be erased.
func (l Line) Canonical() []byte {
	b := []byte("saluran audit row 1\n")
	for _, v := range []int64{int64(l.ID), int64(l.AtUS), int64(l.Person), int64(l.Org), int64(l.OnBehalf), int64(l.Session), int64(l.Doc), int64(l.APIKey), l.IPSum} {
		b = binary.AppendVarint(b, v)
	}
	b = binary.AppendUvarint(b, uint64(len(l.Action)))
	b = append(b, l.Action...)
	if l.Changes == nil {
		return append(b, 'n')
	}
	return append(append(b, 'c'), *l.Changes...)
}

// Where is an address as audit rows keep it, and its digest. An address is personal data: it stands outside every hash, so that it can be
// erased, and its digest inside, so that it cannot be changed. The salt that follows the address goes with it: the digest alone
// tells nothing.
func Where(ip string) (text string, sum int64) {
	if ip == "" {
		return "", 0
	}
	text = ip + " " + strconv.FormatUint(rand.Uint64(), 36)
	return text, SumOf(text)
}

// SumOf is the digest of an address with its salt.
func SumOf(text string) int64 {
	s := sha256.Sum256([]byte(text))
	return int64(binary.BigEndian.Uint64(s[:8]) >> 1)
}

// Address is the address without its salt.
func Address(text string) string {
	ip, _, _ := strings.Cut(text, " ")
	return ip
}
