# Shows that replay_vectors fails, and says why, where nothing or not everything was replayed.
# cmake -DPROGRAM=… -DWORK=… -P refusals_test.cmake

function(expect_refused path reason)
  execute_process(COMMAND ${PROGRAM} ${path} RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(status EQUAL 0 OR NOT text MATCHES "${reason}" OR text MATCHES "parse_error")
    message(SEND_ERROR "expected \"${reason}\" but got ${status}: ${text}")
  endif()
endfunction()

function(expect_refused_file content reason)
  file(WRITE ${WORK}/file.json "${content}")
  expect_refused(${WORK}/file.json "${reason}")
  file(REMOVE ${WORK}/file.json)
endfunction()

function(expect_refused_scenario scenario reason)
  expect_refused_file("{\"format\":\"convex-rate-limiter-vectors/1\",\"scenarios\":[{\"name\":\"s\",\"limits\":{}${scenario}}]}"
    "${reason}")
endfunction()

function(expect_refused_step operation arguments expected)
  expect_refused_scenario(
    ",\"hooks\":{\"h\":{\"name\":\"n\"}},\"steps\":[{\"t_ms\":0,\"op\":\"${operation}\",\"args\":{${arguments}},\"expect\":${expected}}]"
    "s, step 0: ${operation} has an argument that is unknown: extra\n.* 1 mismatches")
endfunction()

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
expect_refused(${WORK}/missing.json "No such file.*missing.json")
expect_refused(${WORK} "${WORK}: no .json file in it\n.* 1 mismatches")
expect_refused_file("{\"format\":\"convex-rate-limiter-vectors/1\",\"scenarios\":[]}" "file.json: the file has no scenarios\n.* 1 mismatches")
expect_refused_file("{\"format\":\"convex-rate-limiter-properties/1\"}" "file.json: the file has no scenarios\n.* 1 mismatches")
expect_refused_file(
  "{\"format\":\"convex-rate-limiter-properties/1\",\"scenarios\":[{\"name\":\"p\",\"limits\":{\"n\":{\"kind\":\"token bucket\",\"rate\":1,\"period\":1}},\"bounds\":{\"guaranteedOk\":0,\"maxGrantedBy\":[],\"shardValueRange\":[0,1],\"shardIndexRange\":[0,0]},\"requests\":[]}]}"
  "file.json: p has no requests\n.* 1 mismatches")
expect_refused_scenario("" "file.json: s has no steps\n.* 1 mismatches")
expect_refused_scenario(",\"steps\":[]" "file.json: s has no steps\n.* 1 mismatches")
expect_refused_step(clearAll "\"extra\":1" "{\"returns\":null}")
expect_refused_step(drain "\"extra\":1" "{\"pending\":0}")
expect_refused_step(putState "\"rows\":[],\"extra\":1" "{\"returns\":null}")
expect_refused_step(hookServerTime "\"extra\":1" "{\"returns\":0}")
expect_refused_step(hookMount "\"extra\":1" "{\"status\":null}")
expect_refused_step(hookRender "\"extra\":1" "{\"status\":null}")
expect_refused_step(hookCheck "\"extra\":1" "null")
expect_refused_step(txn "\"ops\":[],\"onError\":\"catch\",\"abort\":false,\"extra\":1" "{\"committed\":true,\"results\":[]}")
expect_refused_step(hook "\"hook\":\"h\",\"args\":{},\"extra\":1" "{\"returns\":0}")
expect_refused_step(calc
  "\"existing\":{\"value\":1,\"ts\":0},\"config\":{\"kind\":\"token bucket\",\"rate\":1,\"period\":1},\"extra\":1"
  "{\"value\":1,\"ts\":0}")
