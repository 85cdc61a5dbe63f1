-- For wrk: requests with the given cookies in turn, and with none when none is given.
local requests, turn = {}, 0

function init(cookies)
  for i, cookie in ipairs(cookies) do
    requests[i] = wrk.format("GET", nil, { Cookie = cookie })
  end
  requests[1] = requests[1] or wrk.format("GET")
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end
