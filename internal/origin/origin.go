// Package origin says where a request comes from, for everything that counts: limits of requests, tries at a password, letters.
package origin

import "net/netip"

// Network is the network of an address: one that a single customer of a provider holds. It is the address itself for IPv4, also
// where it is written as IPv6, and the /64 for IPv6, which whoever has one address of can go through by the billion. All who cannot
// be told apart are ::.
func Network(ip string) netip.Addr {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return netip.IPv6Unspecified()
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		a = netip.PrefixFrom(a, 64).Masked().Addr()
	}
	return a
}
