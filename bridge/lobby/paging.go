package lobby

import "strconv"

// page cuts a list by count and offset, as every list answers. A count of 0 is
// all, where a setting allows it.
func page[T any](c *rest, key string, all []T) doc {
	count, offset := c.number(setCount), 0
	if n, err := strconv.Atoi(c.query.Get("count")); err == nil && (n > 0 || n == 0 && c.on(setAllAtOnce)) {
		count = min(n, c.number(setMostCount))
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
