package app_test

import "saluran/internal/i18n"

// say is what the catalogue says in Indonesian.
func say(key string, with ...string) string { return i18n.T(i18n.ID, key, with...) }
