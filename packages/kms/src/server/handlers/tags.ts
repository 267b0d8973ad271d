import { requireTags, withoutTags, withTags } from '../../core/keys/tags.ts'
import { type Family, targetKey } from '../call.ts'
import { pageOfList } from '../paging.ts'
import { putKey } from '../new-key.ts'

const listTagsRule = { limitDefault: 50, limitMax: 50 }

export const tagHandlers: Family<'TagResource' | 'UntagResource' | 'ListResourceTags'> = {
  TagResource(input, call) {
    const added = input.Tags.map((tag) => [tag.TagKey, tag.TagValue] as const)
    requireTags(added)
    const { record } = targetKey(call)
    putKey(call, { ...record, tags: withTags(record.tags, added) })
  },

  UntagResource(input, call) {
    const { record } = targetKey(call)
    const tags = withoutTags(record.tags, input.TagKeys)
    if (tags.length !== record.tags.length) putKey(call, { ...record, tags })
  },

  ListResourceTags(input, call) {
    const { record, rowId } = targetKey(call)
    const page = pageOfList(
      call,
      'ListResourceTags',
      rowId,
      input,
      listTagsRule,
      record.tags,
      ([key]) => key,
    )
    return {
      Tags: page.items.map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
      NextMarker: page.NextMarker,
      Truncated: page.Truncated,
    }
  },
}
