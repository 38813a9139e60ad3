package archtest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// promise is something that the portal says of its safety, and what shows it: tests, as package.Name, and verbs of the program for
// what no test of a package can do (killing it, and the machine's other programs).
type promise struct {
	says  string
	tests []string
	verbs []string
}

var promises = []promise{
	{"A request that was sent twice has one effect and one answer, also after a crash between effect and answer; with other content under the same key it is refused",
		[]string{"ledger.TestOneKeyOneAnswer", "trade.TestOneKeyIsOneOrder", "audit.TestOnce", "audit.TestOnceAtOnce", "app.TestMasterDataSentTwiceChangesOnce", "app.TestSentTwiceIsDoneOnce", "app.TestAStopLosesNothingAcknowledged"}, []string{"bench crash"}},
	{"What is there once is sold once, whoever asks at the same time, through whichever instance",
		[]string{"trade.TestTenCartonsAndTwoHundredClients", "trade.TestTenCartonsThroughTwoInstances", "trade.TestCreditIsSpentOnce", "trade.TestOneCreditThroughTwoInstances", "ledger.TestTwoInstancesOnOneDatabase"}, nil},
	{"Every operation is decided by role and by the relation to the object; what one may not see is answered like what does not exist; no operation goes without a row",
		[]string{"app.TestLongWhoMayDoWhat", "app.TestAnswersAreHeldWhole", "app.TestLongWhoMayNotIsRefusedBeforeTheFormIsRead", "app.TestAForeignIDIsAnsweredLikeNone", "db/dbtest.TestACompetitorIsPlantedInEveryTable", "db/dbtest.TestALeakIsSeen", "app.TestNothingIsOpen", "access.TestMatrixIsTheGoldenOne", "access.TestLongTableIsTheWholeEnforcer", "access.TestTableIsTheEnforcerOnRandomQuestions"}, nil},
	{"Fields are decided too: cost, margin, prices of others, bank details",
		[]string{"app.TestFieldsOfMoneyAreNamed", "app.TestNoFieldOfAnAnswerIsNew", "app.TestLongFieldsAreShownByRole", "app.TestLongAnOrderShowsItsMoneyToThoseWhoMaySeeItsInvoices", "partner.TestBanks"}, nil},
	{"What is taken away is gone with the next request, on every instance",
		[]string{"app.TestRevocationHoldsOnEveryInstanceWithTheNextRequest", "identity.TestRolesHoldFromTheNextRequest", "identity.TestKeyEndsAtOnceAndExpires", "access.TestPublishedPoliciesReachEveryInstance"}, nil},
	{"Every statement says whose rows it asks for; the organisation comes from the session alone",
		[]string{"db/dbtest.TestWhatSaysWhose", "app.TestListsAskTheSameWhateverTheirLength", "trade.TestListsShowOnlyWhatIsOnesOwn", "jobs.TestExportIsOfTheActorsOwnBooks"}, nil},
	{"Passwords are argon2id with bounded work: five hundred at once cost time and not memory, parameters beyond a ceiling are refused unread",
		[]string{"identity.TestCostlyHashesAreRefusedUnread", "identity.TestHashingIsBounded", "identity.TestLongFiveHundredSignInsAtOnceCostTimeAndNotMemory"}, nil},
	{"Passwords are long enough and none of those that everybody uses; nothing else is asked of them",
		[]string{"identity.TestPasswordsOfTheWorldAreRefused"}, nil},
	{"Sessions are random, stored hashed, new at each sign-in, never what the sender chose",
		[]string{"app.TestASessionIsNeverTheSendersChoice"}, nil},
	{"Sessions end: signed out, idle, too old, with a factor or password that changed, with the account; they are listed and ended one by one",
		[]string{"identity.TestSessionsEnd", "identity.TestFactorsThatChangeEndSessions", "app.TestClosedAccountsAreOutAtOnce", "app.TestSessionsAndPasswordsByTheAPI", "app.TestWhoLeavesHandsOverAndIsOutAtOnce"}, nil},
	{"Who has left has the own data and their erasure all the same, by a letter; nothing that a leaver made goes on by itself; an open stream ends with the right to read it",
		[]string{"app.TestWhoHasLeftStillHasTheOwnData", "app.TestOwnDataByLetterAsksForTheSecondFactor", "app.TestOwnDataPages", "identity.TestALetterToTheOwnDataProvesTheMailbox",
			"app.TestALeaverLeavesNothingRunning", "app.TestAStreamEndsForWhoMayReadNoMore"}, nil},
	{"An operator looks behind glass alone: told, for a time, read-only, with each page and each search written down",
		[]string{"app.TestGlassIsBrokenForATimeAndSeen", "app.TestGlassKeepsWhatWasSearched", "app.TestLongAnOperatorSeesNoTrade"}, nil},
	{"No page of another site can write; nothing changes by GET",
		[]string{"app.TestNoWriteFromElsewhere", "app.TestLongNothingChangesByGET", "site.TestNobodyWritesFromElsewhere"}, nil},
	{"Money from an amount on, bank details, keys, roles, how people sign in, webhooks and the glass ask everybody to show once more who it is; the form is not lost",
		[]string{"app.TestMoneyAsksForAFreshFactor", "app.TestAKeyShowsNoFactor", "app.TestAPageAsksAndCarriesOn", "app.TestWhatGivesPowerAsksForProof", "app.TestAKeyPageAsksAndCarriesOn",
			"app.TestAProviderIsAskedOnceMore", "identity.TestStepUp", "identity.TestWhatGivesPowerAsksOnceMore", "identity.TestAProviderShowsItsPersonOnceMore", "identity.TestWhoHasNothingToShowHearsWhatToDo"}, nil},
	{"Guesses wait, by account and address, over all instances, and nobody can lock another out",
		[]string{"identity.TestWaitsGrow", "identity.TestNobodyLocksAnotherOut", "identity.TestWrongIsWrongWhateverIsWrong", "identity.TestPasswordsAreGuessedNoBetterInside"}, nil},
	{"Requests are limited by account and by address, over all instances; a spoofed address changes nothing",
		[]string{"httpx.TestTheWindowSlides", "httpx.TestALimitHoldsOverInstances", "httpx.TestOrdinaryRequestsCostNoQuery", "httpx.TestMemoryOfALimiterIsBounded",
			"httpx.TestASpoofedAddressChangesNothing", "httpx.TestATrustedProxySaysWhoItIs", "app.TestTooManyRequestsHearWhen"}, nil},
	{"A code of an authenticator app counts once, by the server's clock",
		[]string{"identity.TestSecondFactor", "identity.TestTwoHundredReplaysOfOneCode"}, nil},
	{"A passkey is verified by its holder, its challenge is good once, and a copy is refused",
		[]string{"identity.TestAPasskeyIsHeldByItsPerson", "identity.TestAnAssertionIsGoodOnce", "identity.TestACopiedPasskeyIsRefused", "app.TestBrowserSignInWithPasskeyAndCode"}, nil},
	{"An organisation's identity provider is believed in what it may vouch for, and in nothing else",
		[]string{"identity.TestAProviderVouches", "identity.TestAProviderIsNotBelieved", "identity.TestTheWayBackIsGoneOnce", "identity.TestAnOrganisationsProviderIsItsOwn"}, nil},
	{"Text that looks like a formula stays text in workbooks; what is imported is not evaluated",
		[]string{"excel.TestCellsReadBack", "excel.TestLibreOfficeReadsIt", "excel.TestReadsWhatExcelizeAndWeWrite"}, nil},
	{"Uploads are bounded in size, in what they unpack to, and in how many; their type is decided by content, their names are our own",
		[]string{"excel.TestBombsAreRefused", "excel.TestARowNumberOutOfThisWorld", "app.TestAHugeBodyAndABombAreRefused", "httpx.TestOnlyThoseWhoMayUploadSendMuch", "files.TestTypesAreDecidedByContent",
			"files.TestNamesAreText", "files.TestPhotosLoseWhereTheyWereTaken", "files.TestQuotaAndSweep", "intake.TestLongMemoryIsBoundedWhateverTheFile"}, nil},
	{"Nothing that users name leads inside: addresses are judged when they are dialled, redirects are not followed, answers end",
		[]string{"outward.TestWhatIsNoPublicAddress", "outward.TestPortsAndSchemes", "outward.TestURLsThatAreRefused", "outward.TestNothingInsideIsReached", "outward.TestARedirectIsHandedBack", "outward.TestAnAnswerHasAnEnd",
			"hook.TestRedirectsAreNotFollowed", "hook.TestWhereANameLeadsIsSeenWhenItIsDialled", "hook.TestAnswersThatNeverEnd", "hook.TestSlowReceiversAreGivenUp"}, nil},
	{"The audit log is only added to: a row that was changed, swapped or removed is named, and what was cut off is found by seals that others hold",
		[]string{"ledger.TestLongEveryVouchedColumnIsProved", "ledger.TestLongMasterDataAuditIsInTheChain", "ledger.TestSealsFindWhatPlainVerifyCannot", "ledger.TestForgedAndForeignSealsFail", "seal.TestASealThatIsCutOffIsNotPassedOver",
			"app.TestTheLogIsSearchedByItsPage", "app.TestTheLogAsAWorkbook", "app.TestLongAuditRowsSayWhatChanged", "app.TestLongWhoMayDoWhat",
			"ledger.TestLongSealsAndMarksAreProvedColumnByColumn", "files.TestVerifySaysWhoseBytesChanged"}, nil},
	{"Whatever is read from others is read without a crash",
		[]string{"excel.FuzzOpen", "files.FuzzInspect", "backup.FuzzRowParser", "app.TestBadInputsHearWhyAndChangeNothing"}, nil},
	{"Slow senders are cut, idle connections hold nobody up, headers and bodies and their depth have an end",
		[]string{"httpx.TestSlowSendersAreCut", "httpx.TestThousandsOfIdleConnections", "httpx.TestErrorsSpeakProblemJSON", "httpx.TestAHugeBodyHearsWhy", "app.TestWhatIsTooMuchIsRefused"}, nil},
	{"Every answer carries the headers; pages run no script and no style that stands in them",
		[]string{"app.TestEveryRouteCarriesTheHeaders", "httpx.TestOverHTTPSOnly", "app.TestHTTPSAlways"}, nil},
	{"A backup is of one moment and is restored whole, or not at all",
		[]string{"backup.TestABackupIsOfOneMomentWhileOthersWrite", "backup.TestWhatWasBackedUpIsRestoredOnEitherEngine", "backup.TestATornOrAlteredArchiveIsRefusedAndThePartNamed", "bench.TestLongBackupUnderLoad"}, nil},
}

// TestEveryPromiseHasItsTests: a test that is renamed or removed takes its promise with it, and that is seen here.
func TestEveryPromiseHasItsTests(t *testing.T) {
	there := map[string]bool{}
	named := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(filepath.Join(root, "internal"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(filepath.Join(root, "internal"), filepath.Dir(path))
		for _, m := range named.FindAllStringSubmatch(string(b), -1) {
			there[filepath.ToSlash(dir)+"."+m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	verbs, err := os.ReadFile(filepath.Join(root, "cmd", "saluran", "bench.go"))
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, p := range promises {
		if len(p.tests) == 0 {
			t.Errorf("no test shows this: %s", p.says)
		}
		for _, name := range p.tests {
			if shown[p.says+name] {
				t.Errorf("%s is named twice", name)
			}
			shown[p.says+name] = true
			if !there[name] {
				t.Errorf("%s does not exist, which is to show: %s", name, p.says)
			}
		}
		for _, v := range p.verbs {
			verb := strings.TrimPrefix(v, "bench ")
			if !regexp.MustCompile(fmt.Sprintf(`(?i)\b%s\b`, verb)).Match(verbs) {
				t.Errorf("there is no saluran %s, which is to show: %s", v, p.says)
			}
		}
	}
	t.Logf("%d promises, %d tests", len(promises), len(shown))
}
