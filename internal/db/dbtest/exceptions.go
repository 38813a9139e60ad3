package dbtest

// exception is a place that may ask about rows without saying whose: functions whose name begins with by, and the tables ("" for
// all) that they may ask about so.
type exception struct{ by, tables, reason string }

var exceptions = []exception{
	{"ledger.", "", "the lane and verify work on the books of everybody"},
	{"backup.", "", "a backup is of everything"},
	{"seal.", "", "seals are made for everybody in one pass"},
	{"audit.", "audit journal", "the chain takes in the rows of everybody"},
	{"bench.", "", "measurements count what they made"},
	{"demo.", "", "the demonstration counts what it made"},
	{"jobs.(*Queue).exec", "job", "a worker changes the job whose lease it holds"},
	{"jobs.(*Queue).claim", "job", "a worker takes the next job, whoever's it is"},
	{"jobs.(*Queue).Remove", "job file", "a file goes when its time is over or its job is tried again; file parts name the file"},
	{"jobs.(*Queue).work", "job file", "the same, of the worker"},
	{"jobs.(*FileWriter)", "file", "the writer made the row itself"},
	{"jobs.Test", "job file", "the same, where the compiler puts it into a test"},
	{"jobs.Files.Remove", "file", "a file goes when its time is over"},
	{"hook.(*worker)", "hook_endpoint hook_delivery", "the workers deliver for everybody"},
	{"hook.(*Service).listeners", "hook_endpoint", "the same: a fact goes to whoever listens and may see it"},
	{"identity.(*Keys).Flush", "api_key", "last uses of many keys, whose hashes the requests showed"},
	{"identity.(*Service).touch", "session", "the session whose token the request showed"},
	{"goods.(*Service).ExpireLots", "lot", "the sweep over what expires today"},
	{"goods.(*Service).unsell", "account balance", "a recall or expiry reaches a lot wherever it stands"},
	{"goods.(*Service).SeqAt", "journal", "the number of a moment, which says nothing of anybody"},
	{"sharing.(*Service).sums", "journal", "the number of a moment, which says nothing of anybody"},
	{"report.(*book).readCutOff", "journal", "the moment of a number, which says nothing of anybody"},
	{"partner.(*Service).postLimits", "agreement", "the sweep over limits that are not in the ledger yet"},
	{"partner.(*Service).postSome", "agreement", "the same"},
	{"partner.(*Service).BulkLinks", "link", "imports: the links of the channel whose producer acts"},
	{"partner.(*Service).firstEditions", "link", "imports: the links made just before"},
	{"trade.(*passage).load", "shipment_line shipment orders", "title goes through every owner of a lot, whoever they are"},
	{"trade.(*Service).numbers", "invoice payment orders", "numbers of the documents of a statement, which was read for both its parties"},
	{"catalog.(*Service).succeed", "price", "the price before, of a list that was read as the actor's"},
	{"intake.(*plan).numbersTaken", "orders invoice", "imports: numbers of the sellers that the file names by code"},
	{"intake.(*plan).limited", "exposure", "imports: limits of the pairs of the file"},
}
