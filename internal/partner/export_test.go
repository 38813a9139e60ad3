package partner

// Many sets from how many rows on a list is read in its own order; tests see both ways.
func (s *Service) Many(n int) {
	s.many = n
	s.counted.Clear()
}
