package lobby

import "strconv"

// page cuts a list by count and offset, as every list answers.
func page[T any](c *rest, key string, all []T) doc {
	count, offset := 50, 0
	if n, err := strconv.Atoi(c.query.Get("count")); err == nil && n >= 0 {
		count = min(n, 100)
		if n == 0 {
			count = len(all)
		}
	}
	if n, err := strconv.Atoi(c.query.Get("offset")); err == nil && n > 0 {
		offset = n
	}
	items := []T{}
	if offset < len(all) {
		items = all[offset:min(len(all), offset+count)]
	}
	return doc{key: list(items), "count": len(items), "offset": offset, "total": len(all)}
}

func list[T any](items []T) []any {
	out := make([]any, len(items))
	for i, v := range items {
		out[i] = v
	}
	return out
}
