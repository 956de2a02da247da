package Inv::Bench::Wrk;

# One run of wrk against one nginx, and what the workers of that nginx took of
# the processors for it.

use strict;
use warnings;

use Exporter qw(import);
use POSIX ();

our @EXPORT_OK = qw(wrk);

my $ticks = POSIX::sysconf(POSIX::_SC_CLK_TCK());

# lua: the script; words: its arguments.  Returns {requests, rate (a second),
# p50, p99 (µs), cpu (µs of nginx a request), status, broken, sold, refused,
# failed}.
sub wrk {
    my (%opt) = @_;
    my @command = (
        'wrk', '-t1', "-c$opt{connections}", "-d$opt{seconds}s", '--timeout',
        '10s', '-s', $opt{lua},
        "http://127.0.0.1:$opt{nginx}{port}$opt{path}", '--',
        @{ $opt{words} // [] },
    );
    my $before = processor_us($opt{nginx});
    open my $out, '-|', @command or die "wrk: $!\n";
    my @lines = <$out>;
    close $out or die "wrk failed: @lines\n";
    my ($line) = grep {/^RESULT/} @lines or die "wrk said: @lines\n";
    my %result = $line =~ /(\w+)=(\d+)/g;
    my $requests = $result{requests} || 1;
    $result{rate} = $result{requests} / ($result{us} / 1e6);
    $result{cpu} = (processor_us($opt{nginx}) - $before) / $requests;
    return \%result;
}

# What the workers have used so far, their threads included.
sub processor_us {
    my ($nginx) = @_;
    my $used = 0;
    for my $pid ($nginx->workers) {
        open my $in, '<', "/proc/$pid/stat" or next;
        my $line = <$in> // next;
        # the fields behind the name, which may hold anything
        my @fields = split ' ', $line =~ s/.*\)//r;
        $used += $fields[11] + $fields[12];
    }
    return $used * 1e6 / $ticks;
}

1;
