package seal

import "crypto/sha256"

// tree is a Merkle tree (RFC 6962) over leaves that come one by one: it keeps one node for each level.
type tree struct {
	nodes [][32]byte // of the full subtrees, the largest first
	n     uint64
}

func (t *tree) add(leaf []byte) {
	t.nodes = append(t.nodes, sha256.Sum256(append([]byte{0}, leaf...)))
	for t.n++; t.pairs(); {
		k := len(t.nodes)
		t.nodes = append(t.nodes[:k-2], join(t.nodes[k-2], t.nodes[k-1]))
	}
}

// pairs tells whether the last two subtrees are of one size: there are more of them than the number of leaves has bits.
func (t *tree) pairs() bool {
	ones := 0
	for n := t.n; n > 0; n &= n - 1 {
		ones++
	}
	return len(t.nodes) > ones
}

// root of the leaves so far; of none it is the hash of nothing.
func (t *tree) root() [32]byte {
	if len(t.nodes) == 0 {
		return sha256.Sum256(nil)
	}
	r := t.nodes[len(t.nodes)-1]
	for i := len(t.nodes) - 2; i >= 0; i-- {
		r = join(t.nodes[i], r)
	}
	return r
}

func join(l, r [32]byte) [32]byte {
	b := make([]byte, 1, 65)
	b[0] = 1
	return sha256.Sum256(append(append(b, l[:]...), r[:]...))
}
