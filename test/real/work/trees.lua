-- Allocation, recursion and collection of garbage: trees.lua DEPTH
local depth = tonumber(arg[1])

local function grow(levels)
  if levels == 0 then
    return {}
  end
  return { left = grow(levels - 1), right = grow(levels - 1) }
end

local function size(tree)
  return 1 + (tree.left and size(tree.left) + size(tree.right) or 0)
end

local kept = grow(depth)
for levels = 3, depth, 3 do
  local sum = 0
  for _ = 1, 2 ^ (depth - levels) do
    sum = sum + size(grow(levels))
  end
  print(levels, sum)
end
print(size(kept))
