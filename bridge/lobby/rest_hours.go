package lobby

// Business hours are those that a new workspace has: nothing changes them here,
// only whether they are kept (setting Livechat_enable_business_hours).

const setBusinessHours = "Livechat_enable_business_hours"

var hourRoutes = []route{
	{verb: "GET", path: "livechat/business-hour", handle: (*rest).businessHour},
}

func (c *rest) businessHour() (doc, error) {
	if err := c.need("view-livechat-business-hours"); err != nil {
		return nil, err
	}
	if t := c.query.Get("type"); t != "default" {
		return doc{"businessHour": nil}, nil
	}
	at := func(clock string) doc {
		return doc{"time": clock, "utc": doc{"time": clock}, "cron": doc{"time": clock}}
	}
	var days []any
	for _, day := range []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"} {
		weekend := day == "Sunday" || day == "Saturday"
		days = append(days, doc{"day": day, "open": !weekend, "start": at("08:00"), "finish": at("20:00"), "code": ""})
	}
	return doc{"businessHour": doc{
		"_id": "default", "name": "", "active": true, "type": "default", "ts": c.now, "workHours": days,
		"timezone": doc{"name": "UTC", "utc": "+00:00"},
	}}, nil
}
