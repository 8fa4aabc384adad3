/**
 * Transcripts: what is typed, behind `> `, and what is written below it; lines of stderr begin with `! `. They say what Apache's
 * `zkCli` 3.8 says, but for the usage line behind an unknown option, `help`, and a refused `addauth`.
 */
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { replay, startShell } from '../testing/shell-fixture.js'

beforeEach(() => {
  process.env['TZ'] = 'UTC'
})

const connected = `
Connecting to localhost:2181

WATCHER::

WatchedEvent state:SyncConnected type:None path:null
`

const transcripts: Readonly<Record<string, string>> = {
  'nodes are created, read, changed and deleted': `
> ls /
[zookeeper]
> create /a hello
! Created /a
> create /a again
! Node already exists: /a
> create /a/c
! Created /a/c
> create /a/b "two words"
! Created /a/b
> ls /a
[b, c]
> get /a/b
two words
> get /a/c
null
> set /a/c ""
> get /a/c

> delete /a
! Node not empty: /a
> delete /a/c
> delete /a/c
! Node does not exist: /a/c
> deleteall /a
> ls /
[zookeeper]
`,
  'modes of creating': `
> create -s /s- x
! Created /s-0000000000
> create -s /s-
! Created /s-0000000001
> create /dir
! Created /dir
> create -s /dir/
! Created /dir/0000000000
> create -e /e
! Created /e
> create -e -s /e
! Created /e0000000004
> create -c /c
! Created /c
> create -t 1000 /t x
! Created /t
> create -t 1000 -s /t
! Created /t0000000007
> create -e /e/child
! Ephemerals cannot have children: /e/child
> create -c -s /x
! -c cannot be combined with -s or -e. Containers cannot be ephemeral or sequential.
> create -t 1000 -e /x
! TTLs cannot be used with Ephemeral znodes
> create -t 1000 -c /x
! TTLs cannot be used with Container znodes
> create -t soon /x
! -t argument must be a long value
> create -t 0 /x
! ttl must be positive and cannot be larger than: 1099511627775
> create /no/parent
! Node does not exist: /no/parent
> getEphemerals
[/e, /e0000000004]
> getEphemerals /e0
[/e0000000004]
> getAllChildrenNumber /
12
`,
  stats: `
> create /a hello
! Created /a
> create -e /a/e
! Created /a/e
> ls -s /a
[e]
cZxid = 0x2
ctime = Tue Nov 14 22:13:20 UTC 2023
mZxid = 0x2
mtime = Tue Nov 14 22:13:20 UTC 2023
pZxid = 0x3
cversion = 1
dataVersion = 0
aclVersion = 0
ephemeralOwner = 0x0
dataLength = 5
numChildren = 1
> set -s /a x
cZxid = 0x2
ctime = Tue Nov 14 22:13:20 UTC 2023
mZxid = 0x4
mtime = Tue Nov 14 22:13:20 UTC 2023
pZxid = 0x3
cversion = 1
dataVersion = 1
aclVersion = 0
ephemeralOwner = 0x0
dataLength = 1
numChildren = 1
> get -s /a
x
cZxid = 0x2
ctime = Tue Nov 14 22:13:20 UTC 2023
mZxid = 0x4
mtime = Tue Nov 14 22:13:20 UTC 2023
pZxid = 0x3
cversion = 1
dataVersion = 1
aclVersion = 0
ephemeralOwner = 0x0
dataLength = 1
numChildren = 1
> stat /zookeeper/quota
cZxid = 0x0
ctime = Thu Jan 01 00:00:00 UTC 1970
mZxid = 0x0
mtime = Thu Jan 01 00:00:00 UTC 1970
pZxid = 0x0
cversion = 0
dataVersion = 0
aclVersion = 0
ephemeralOwner = 0x0
dataLength = 0
numChildren = 0
> stat /nope
! Node does not exist: /nope
`,
  'data in other forms': `
> set -b / aGVsbG8=
> get /
hello
> get -b /
aGVsbG8=
> get -x /
         +-------------------------------------------------+
         |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |
+--------+-------------------------------------------------+----------------+
|00000000| 68 65 6c 6c 6f                                  |hello           |
+--------+-------------------------------------------------+----------------+
> set -b / h*llo
! -b needs data in base64
> set / Grüße
> get /
Grüße
`,
  versions: `
> create /a 1
! Created /a
> set -v 0 /a 2
> set -v 0 /a 3
! version No is not valid : /a
> delete -v 0 /a
! version No is not valid : /a
> set -v one /a 3
! -v argument must be an int value
> delete -v 1 /a
`,
  subtrees: `
> create /t
! Created /t
> create /t/b
! Created /t/b
> create /t/a
! Created /t/a
> create /t/a/z
! Created /t/a/z
> create /t/a/y
! Created /t/a/y
> create /t/b/x
! Created /t/b/x
> ls -R /t
/t
/t/a
/t/b
/t/a/y
/t/a/z
/t/b/x
> ls -R /nope
! Node does not exist: /nope
> deleteall -b 2 /t
> deleteall /t
! Node does not exist: /t
> deleteall -b many /t
! -b argument must be an int value
> deleteall /zookeeper
! Failed to delete some node(s) in the subtree!
> ls /zookeeper
[config, quota]
`,
  'paths that are none': `
> ls relative
! Path must start with / character
> get /a/
! Path must not end with / character
> create /a//b
! Invalid path string "/a//b" caused by empty node name specified @3
> delete /a/../b
! Invalid path string "/a/../b" caused by relative paths not allowed @4
> set "" x
! Path length must be > 0
`,
  usage: `
> ls
! ls [-s] [-w] [-R] path
> ls -z /
! Unrecognized option: -z
! ls [-s] [-w] [-R] path
> create
! create [-s] [-e] [-c] [-t ttl] path [data] [acl]
> delete -v
! Missing argument for option: v
! delete [-v version] path
> get
! get [-s] [-w] [-b] [-x] path
!  -b   Output data in base64 format
!  -s   Print znode stats additionally
!  -w   Watch for changes on the znode
!  -x   Output data in hexdump format
!
> set /a
! set path data [-s] [-v version] [-b]
!  -b         Supply data in base64 format
!  -s         Print znode stats additionally
!  -v <arg>   Set with an expected version
!
> deleteall
! deleteall path [-b batch size]
> setAcl /a
! setAcl [-s] [-v version] [-R] path acl
> addWatch
! addWatch [-m mode] path # optional mode is one of [PERSISTENT, PERSISTENT_RECURSIVE] - default is PERSISTENT_RECURSIVE
> addWatch -m sometimes /
! addWatch [-m mode] path # optional mode is one of [PERSISTENT, PERSISTENT_RECURSIVE] - default is PERSISTENT_RECURSIVE
> version 2
! version
`,
  'words of earlier versions are taken, with a warning': `
> create /a x
! Created /a
> get /a true
! 'get path [watch]' has been deprecated. Please use 'get [-s] [-w] path' instead.
x
> set /a y

WATCHER::

WatchedEvent state:SyncConnected type:NodeDataChanged path:/a
> stat /nope true
! 'stat path [watch]' has been deprecated. Please use 'stat [-w] path' instead.
! Node does not exist: /nope
> ls /a true
! 'ls path [watch]' has been deprecated. Please use 'ls [-w] path' instead.
[]
> delete /a 17
! 'delete path [version]' has been deprecated. Please use 'delete [-v version] path' instead.

WATCHER::

WatchedEvent state:SyncConnected type:NodeDeleted path:/a
`,
  ACLs: `
> create /a x
! Created /a
> getAcl /a
'world,'anyone
: cdrwa
> setAcl /a world:anyone:ra,ip:127.0.0.1:w
> getAcl /a
'world,'anyone
: ra
'ip,'127.0.0.1
: w
> create /a/b
! Insufficient permission : /a/b
> setAcl -v 7 /a world:anyone:cdrwa
! version No is not valid : /a
> setAcl /a world:somebody:r
! Acl is not valid : /a
> setAcl /a world:anyone:cdrwax
! Unknown perm type: x
> create /b data nonsense
! nonsense does not have the form scheme:id:perm
! KeeperErrorCode = InvalidACL
! Acl is not valid : null
> create /b data foo:bar:r
! KeeperErrorCode = InvalidACL for /b
! Acl is not valid : /b
> create /a/b
! Created /a/b
> setAcl -R /a world:anyone:cdra
> getAcl /a/b
'world,'anyone
: cdra
> whoami
Auth scheme: User
ip: 127.0.0.1
> addauth digest me:secret
> whoami
Auth scheme: User
ip: 127.0.0.1
digest: me
> create /mine x auth::cdrwa
! Created /mine
> getAcl /mine
'digest,'me:016djjlksVQS5RgX3M7biBGyYwY=
: cdrwa
`,
  watches: `
> create /a x
! Created /a
> get -w /a
x
> set /a y

WATCHER::

WatchedEvent state:SyncConnected type:NodeDataChanged path:/a
> set /a z
> stat -w /b
! Node does not exist: /b
> create /b

WATCHER::

WatchedEvent state:SyncConnected type:NodeCreated path:/b
! Created /b
> ls -w /a
[]
> create /a/c

WATCHER::

WatchedEvent state:SyncConnected type:NodeChildrenChanged path:/a
! Created /a/c
> addWatch /a
> set /a/c 1

WATCHER::

WatchedEvent state:SyncConnected type:NodeDataChanged path:/a/c
> set /a/c 2

WATCHER::

WatchedEvent state:SyncConnected type:NodeDataChanged path:/a/c
> addWatch -m persistent /b
> printwatches
printwatches is on
> printwatches off
> set /b 1
> printwatches on
> delete /b

WATCHER::

WatchedEvent state:SyncConnected type:NodeDeleted path:/b
`,
  'watches are removed': `
> removewatches /zookeeper
! KeeperErrorCode = No such watcher for /zookeeper
> get -w /

> ls -w /
[zookeeper]
> addWatch /
> removewatches / -c

WATCHER::

WatchedEvent state:SyncConnected type:ChildWatchRemoved path:/
> removewatches / -c
! KeeperErrorCode = No such watcher for /
> removewatches / -d

WATCHER::

WatchedEvent state:SyncConnected type:DataWatchRemoved path:/
> removewatches / -a

WATCHER::

WatchedEvent state:SyncConnected type:PersistentWatchRemoved path:/
> set / x
`,
  history: `
> ls /zookeeper   # two nodes
[config, quota]
>   
> # nothing but a comment
> ls /nope
! Node does not exist: /nope
> history
0 - ls /zookeeper   # two nodes
1 - ls /nope
2 - history
> redo 0
[config, quota]
> redo 7
! Command index out of range
> redo -1
! Command index out of range
> redo first
! Command index out of range
> history
0 - ls /zookeeper   # two nodes
1 - ls /nope
2 - history
3 - ls /zookeeper   # two nodes
4 - redo 7
5 - redo -1
6 - redo first
7 - history
> redo 4
! No redoing redos
> redo
> sync /
Sync is OK
> history
1 - ls /nope
2 - history
3 - ls /zookeeper   # two nodes
4 - redo 7
5 - redo -1
6 - redo first
7 - history
8 - redo 4
9 - redo
10 - sync /
11 - history
`,
  'a closed session takes a new one': `
> create -e /e
! Created /e
> close

WATCHER::

WatchedEvent state:Closed type:None path:null
> ls /
Not connected
> printwatches
printwatches is on
Not connected
> redo 2
Not connected
Not connected
> connect localhost:2181/zookeeper

WATCHER::

WatchedEvent state:SyncConnected type:None path:null
> ls /
[config, quota]
> connect nonsense:port
! nonsense:port is not host:port
> connect localhost:2181

WATCHER::

WatchedEvent state:Closed type:None path:null

WATCHER::

WatchedEvent state:SyncConnected type:None path:null
> ls /
[zookeeper]
> quit

WATCHER::

WatchedEvent state:Closed type:None path:null
`,
  'a refused proof ends the session': `
> addauth nonsense proof

WATCHER::

WatchedEvent state:AuthFailed type:None path:null
! KeeperErrorCode = AuthFailed
> ls /
Not connected
`,
}

for (const [name, transcript] of Object.entries(transcripts)) {
  test(`shell: ${name}`, async (t) => {
    const shell = await startShell(t)
    assert.equal(await replay(shell, transcript), connected + transcript.slice(1))
  })
}
