package Inv::GatewayLoad;

# Clients of the gateway, all at once: each a curl that keeps its connection as
# long as it is kept for it, and goes through a list of requests.

use strict;
use warnings;

use Inv::Process;
use Time::HiRes qw(sleep);

# Requests a second of one client at most.
use constant RATE => 60;

# gateway: an Inv::Gateway; name: the machine whose edge is asked; clients: how
# many; make(n): the next n requests, of which each client gets a list.  A
# request: tag (one word), method, path, headers (list of pairs), body.  Each
# comes from an address of its own: no limit is what this is about.
sub new {
    my ($class, %opt) = @_;
    return bless { %opt, requests => [], answers => {} }, $class;
}

# Each client goes through `each` requests, and through as many again while not
# all has happened yet.  at: [number of answers, what then happens], in order.
# {tag => {status, exit, connects}}, where exit is curl's.
sub run {
    my ($self, $each, @at) = @_;
    my @running = map { $self->_start($_, $each) } 0 .. $self->{clients} - 1;
    while (@running) {
        my $answered = keys %{ $self->{answers} };
        $answered += () = $_->output =~ /\n/g for @running;
        (shift @at)->[1]->() if @at && $answered >= $at[0][0];
        my (@ended, @going_on);
        push @{ defined $_->ended ? \@ended : \@going_on }, $_ for @running;
        @running = @going_on;
        $self->_keep($_->output) for @ended;
        push @running, map { $self->_start($_, $each) } 1 .. @ended if @at;
        sleep 0.01;
    }
    return $self->{answers};
}

# All requests so far.
sub requests { my ($self) = @_; return @{ $self->{requests} } }

my $files = 0;

sub _start {
    my ($self, $n, $each) = @_;
    my @requests = $self->{make}->($each) or return;
    my $name = $self->{gateway}{t}->dir . '/load-' . ++$files;
    push @{ $self->{requests} }, @requests;
    open my $out, '>', "$name.curl" or die "$name.curl: $!\n";
    print {$out} 'rate = "', RATE, "/s\"\n", join "next\n",
        map { $self->_section($n, $_) } @requests;
    close $out or die "$name.curl: $!\n";
    return Inv::Process->start("$name.log", 'curl', '--config', "$name.curl");
}

my $address = 0;

sub _section {
    my ($self, $n, $request) = @_;
    my $name = $self->{name};
    my @options = $self->{gateway}->curl_options($name);
    my @lines = ("url = \""
            . $self->{gateway}->url($name, 'world', $request->{path}) . '"',
        'silent', 'output = /dev/null', 'max-time = 20',
        $n % 2 ? 'http2' : 'http1.1', "request = $request->{method}");
    while (my ($option, $value) = splice @options, 0, 2) {
        push @lines, substr($option, 2) . " = \"$value\"";
    }
    $address++;
    my @headers = ('X-Forwarded-For' => join('.', 10, $address >> 16,
            $address >> 8 & 255, $address & 255), @{ $request->{headers} });
    while (my ($header, $value) = splice @headers, 0, 2) {
        push @lines, "header = \"$header: $value\"";
    }
    if (defined $request->{body}) {
        (my $body = $request->{body}) =~ s/(["\\])/\\$1/g;
        push @lines, 'header = "Content-Type: application/json"',
            "data-binary = \"$body\"";
    }
    push @lines, "write-out = \"$request->{tag} %{http_code} %{exitcode} "
        . '%{num_connects}\n"';
    return join('', map {"$_\n"} @lines);
}

sub _keep {
    my ($self, $text) = @_;
    for my $line (split /\n/, $text) {
        my ($tag, $status, $exit, $connects)
            = $line =~ /^(\S+) (\d+) (\d+) (\d+)$/
            or die "curl said: $line\n";
        $self->{answers}{$tag} = {
            status   => $status,
            exit     => $exit,
            connects => $connects,
        };
    }
    return;
}

1;
