# Reads Swift Testing's event stream, one JSON record a line, and prints how many test functions passed, failed and were
# skipped, then a line for each suite or test that was skipped, with the reason.
#
# Whatever neither passed nor was skipped has failed: a test that a crash cut short, or kept from running, too.
# A crash may also cut the last record short; hence `fromjson?`.
[inputs | fromjson?] as $records
| [$records[] | select(.kind == "test" and .payload.kind == "function").payload.id] as $tests
| [$records[] | select(.kind == "event").payload] as $events
| [$events[] | select(.kind == "testEnded" and (.messages[0].symbol | startswith("pass"))).testID] as $passed
| [$events[] | select(.kind == "testSkipped" or (.kind == "testEnded" and .messages[0].symbol == "skip"))] as $skips
| [$skips[].testID] as $skipped
| ($tests - ($tests - $passed)) as $passed_tests
| ($tests - ($tests - $skipped)) as $skipped_tests
| ($tests - $passed - $skipped) as $failed_tests
| "\($passed_tests | length) \($failed_tests | length) \($skipped_tests | length)",
  # A test in a suite that was skipped as a whole is told by the suite.
  ($skips[] | select(.testID as $id | any($skipped[]; . as $suite | $id | startswith($suite + "/")) | not).messages[0].text)
