/**
 * Words that name nothing and nobody: those of this package's own sentences, and those in which APIs and OAuth2 servers
 * explain a failure. In a text that leaves the house, every other word is replaced.
 */
const HARMLESS = `
a absent accept accepted accepts access accessed account account's accounts-v1 action active add address addresses
after again against agree alert alerts allow allowed allows alone already alreadydone altname an and anew another
answer answered answers any api api's are argument arguments array arrive arrived as ask asking asks at attempt
authentication authority authorization authorized available availble away back bad base basic battery be bearer
because before begin begun behind belong belongs below benefit between bodies body boolexp both brackets brand break
broke broken broken-off browser busy but by ca called came can can't cancelled capabilities carried carries carry
cause cbid center cert certificate certificate's certificates chain change changed channel channel's characters charge
charge-settings charging check checked checkingvehicle choose chosen circles claim clear client close closing code
collection colon come comes command commands compressed configuration confirm connection consent context contract
copied copy correct corresponding could couldn't country coverage created credential credentials curl custom daily
damaged data date day days debug degrees delete deleted deliver delivers demands demo denied deploy deployed depth
description detailed details did didn't directory disabled disconnected disk distance do document does doesn't don't
door dots drive driver duplicate duration eacces each eai_again econnrefused econnreset editor ehostunreach else empty
enabled encoded encrypted end ended ends enetunreach enoent enospc enotfound enter epipe eproto erofs err error
etimedout evaluated event events everybody exactly exceeded exchange exist exists expired expression extra failed
failure false family feature feed fewer fid field fields file files fill filter find first fleet folder follow
followed for forbidden forbids forgets form format found fragment from gateway gave gb general get give given gives go
goes gone got grant guards h hal handshake hangup has have head header headers help here hold holds host how hpe http
http:// httpnodeauth httpnoderoot https https:// human id identifier ids if implemented in incorrect information input
inside instance intercept internal international into invalid is isn't issuer it items its itself join journal json
just kb keeps kept key keys kilometres kind km know known kwh label lacks large larger last later latitude leads leaf
least leave leaves left let letters limit link links list listens lists lives local locates locked long longer
longitude look looked lost low machine made maintenance make makes malformed mandatory many match maxitems may mb
meanwhile memory message method midnight milliseconds min minute missing mode monitor monitor's monitors month month's
more most moved ms msg.params msg.query msg.resume msg.vehicle multiple must name names need needed needs neither
network new newer next no nobody nodata node node's node-red node-red's node-red-contrib-stellantis none nor not
nothing notification now number oauth oauth2 object occurrence of off often old on once one only op open openid
opening operation options or ota other our out own p7d package page pages parameters pass passphrase password paste
pasted path paused pem pending perform permission permissions person place plain please points polls port position
possible post previous priority privacy private problem process processed processing profile program programs proper
protocol provided proxy proxy's pt12h pt4h pt7h30m pt8h30m public put query quota radius raise raised range rate reach
reachable reached reaches read readable reading realm reason redirect redirecting redirects refresh refused refuses
registered registers rejected relation remote remotes remove repeat repeating repeats report reported reports request
requests required resource resources restart result retry reverse right root running runs s same saved say says scope
seconds secret secrets secure see seen segment self send sends sense sent senttovehicle server server's service
services session set sets setting settings.js several short should sign sign-in signature signed since size slashes
slot smaller so something spaces spare speaks specific spelling ssl sslv3 start starts state states station status
stay stellantis still stolen stopped stored stranded subscribeparam.callback.webhook subscription success such support
supported switch switched system take takes tell temperature template temporarily temporary text texts than that the
them there these they this through time timeout times tls tlsv1 to today token tokens told too took
toomanywakeupsovermonth transition triggerparam triggers trips true trust trusted try tunnel twice two type unable
unauthorized unavailable unchanged under unexpected unknown unpacked unprocessable unsupported until unusable up
update updated url usable use used user utf-8 valid validation value values vehicle vehicle's
vehicle.energy.electric.level vehiclebatterychargetoolow vehiclebatterylevelwarning vehicleids vehicles verify version
vin wait wake-up wake-ups wakingupvehicle was wasn't watches way we web were wh what when where which while who
whoever whole whose will with without woken words work works world written wrong x-header yet you your zero zone
`;

const WORDS: ReadonlySet<string> = new Set(HARMLESS.split(/\s+/));

/** True for a word that may be seen by anybody; also for a name in capitals that is made of such words. */
export function isHarmless(word: string): boolean {
	const small = word.toLowerCase();
	if (WORDS.has(small)) return small !== "";
	return /^[A-Z0-9]+(_[A-Z0-9]+)+$/.test(word) && small.split("_").every((part) => WORDS.has(part) && part !== "");
}
